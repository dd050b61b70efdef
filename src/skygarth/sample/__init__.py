"""The sample application: a site of sections and articles, served where no other is named."""

from skygarth.sample.pages import SampleSite, SiteFacts
from skygarth.sample.types import Article, Section

__all__ = ["Article", "SampleSite", "Section", "SiteFacts"]
