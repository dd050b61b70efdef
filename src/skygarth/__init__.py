"""Skygarth: a replicated content repository that needs nothing but a bucket."""

from skygarth.model.attributes import Attr, Json, LongText, attr
from skygarth.model.types import Type
from skygarth.repository import Repository, on

__all__ = ["Attr", "Json", "LongText", "Repository", "Type", "attr", "on"]
