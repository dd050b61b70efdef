"""The one place where a node is put together; everything below takes its parts as arguments."""

from skygarth.assembly.application import Application, load_application
from skygarth.assembly.hosting import Node
from skygarth.assembly.serving import run_node
from skygarth.assembly.wiring import open_node, open_repository

__all__ = ["Application", "Node", "load_application", "open_node", "open_repository", "run_node"]
