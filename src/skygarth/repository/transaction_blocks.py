"""The ``with`` block around a transaction: beginning, joining, ending it.

A thread has at most one. A block inside another joins it, so that functions
which need a transaction of their own can be called from one that has begun
already; if an inner block fails, the outer one cannot commit what is half done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from skygarth.database.port import Committed, Database, Writing
from skygarth.model.errors import Conflict
from skygarth.repository.transaction import Transaction

Begin = Callable[[Writing, str, str], Transaction]
"""(database transaction, message, author) → transaction."""


class Transactions(threading.local):
    """The transaction of each thread.

    Args:
        database: where transactions run.
        begin: makes a `Transaction` of the database's.
        ended: hears what a commit did, after it.

    Attributes:
        current: the calling thread's transaction, None outside of any.
    """

    current: Transaction | None = None

    def __init__(
        self, database: Database, begin: Begin, ended: Callable[[Committed], None]
    ) -> None:
        super().__init__()
        self.database = database
        self.begin = begin
        self.ended = ended

    def block(self, message: str, author: str) -> AbstractContextManager[Transaction]:
        """A block that begins a transaction, or joins the thread's."""
        return _Outer(self, message, author) if self.current is None else _Joined(self.current)

    def for_one_call(self, author: str) -> AbstractContextManager[Transaction]:
        """A transaction for a single call, or the thread's.

        A call checks before it writes: what it refuses, it has not begun, so catching its
        error leaves nothing half done in the transaction that it joined.
        """
        return _Outer(self, "", author) if self.current is None else nullcontext(self.current)


class _Joined:
    """A block inside another one."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def __enter__(self) -> Transaction:
        return self._transaction

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._transaction.failed = True


class _Outer:
    """The block that begins and ends a transaction; written out, since it runs for each commit."""

    __slots__ = ("_author", "_message", "_transactions", "_work")

    def __init__(self, transactions: Transactions, message: str, author: str) -> None:
        self._transactions = transactions
        self._message = message
        self._author = author
        self._work: AbstractContextManager[Writing] | None = None

    def __enter__(self) -> Transaction:
        transactions = self._transactions
        assert transactions.current is None, "a block is entered in the thread that made it"
        self._work = transactions.database.writing(self._author)
        transaction = transactions.begin(self._work.__enter__(), self._message, self._author)
        transactions.current = transaction
        return transaction

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        transaction, self._transactions.current = self._transactions.current, None
        assert transaction is not None
        assert self._work is not None
        half_done = _half_done() if error is None and transaction.failed else None
        reason = error or half_done
        try:
            self._work.__exit__(type(reason) if reason else None, reason, trace)
        except BaseException:
            transaction.give_back()
            raise
        if reason is not None:
            transaction.give_back()
            if half_done is not None:
                raise half_done
            return
        transaction.committed = self._transactions.database.committed(transaction.writing)
        self._transactions.ended(transaction.committed)


def _half_done() -> Conflict:
    return Conflict(
        "a part of this transaction failed, so nothing of it is kept",
        code="SG-REPOSITORY-001",
        hint="let the error of the inner transaction leave the outer block too",
    )
