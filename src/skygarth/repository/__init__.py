"""What application code uses: objects, transactions, queries, the tree, conflicts and signals."""

from skygarth.model.conflict import ConflictKind, ConflictRecord, Side
from skygarth.model.expressions import Condition, Field
from skygarth.repository.pool_jobs import JobChange
from skygarth.repository.query import Query
from skygarth.repository.repository import Durability, Repository
from skygarth.repository.signals import Event, on
from skygarth.repository.transaction import Transaction

__all__ = [
    "Condition",
    "ConflictKind",
    "ConflictRecord",
    "Durability",
    "Event",
    "Field",
    "JobChange",
    "Query",
    "Repository",
    "Side",
    "Transaction",
    "on",
]
