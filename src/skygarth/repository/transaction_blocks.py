"""The ``with`` block around a transaction: beginning, joining, ending it.

A thread has at most one. A block inside another joins it, so that functions
which need a transaction of their own can be called from one that has begun
already; if an inner block fails, the outer one cannot commit what is half done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import TracebackType

from skygarth.database.port import Committed, Database, Writing
from skygarth.model.errors import Conflict
from skygarth.repository.pool_jobs import Work
from skygarth.repository.transaction import Transaction

Begin = Callable[[Writing, str, str], Transaction]
"""(database transaction, message, author) → transaction."""


class Transactions(threading.local):
    """The transaction of each thread.

    Args:
        database: where transactions run.
        begin: makes a `Transaction` of the database's.
        ended: hears what a commit did, after it.
        prepare: called before a transaction begins.
        complete: adds to a transaction, at its end, what follows from it; None: outside of work.

    Attributes:
        current: the calling thread's transaction, None outside of any.
        work: the job that the thread is doing, None outside of any.
    """

    current: Transaction | None = None
    work: Work | None = None
    _kept: ExitStack | None = None

    def __init__(
        self,
        database: Database,
        begin: Begin,
        ended: Callable[[Committed], None],
        prepare: Callable[[], None],
        complete: Callable[[Transaction, Work | None], None],
    ) -> None:
        super().__init__()
        self.database = database
        self.begin = begin
        self.ended = ended
        self.prepare = prepare
        self.complete = complete

    @contextmanager
    def working(self, work: Work) -> Iterator[None]:
        """A block whose first transaction stays open until it ends, and whose others join it.

        A job computes first and writes last: so nobody waits for it meanwhile.
        """
        assert self.current is None, "a job is no part of a transaction"
        assert self.work is None, "a thread does one job at a time"
        self.work = work
        try:
            with ExitStack() as self._kept:
                yield
        finally:
            self.work, self._kept = None, None

    def block(self, message: str, author: str) -> AbstractContextManager[Transaction]:
        """A block that begins a transaction, or joins the thread's."""
        if self.current is None:
            begun = _Outer(self, message, author)
            return begun if self._kept is None else _Joined(self._kept.enter_context(begun))
        return _Joined(self.current)

    def for_one_call(self, author: str) -> AbstractContextManager[Transaction]:
        """A transaction for a single call, or the thread's.

        A call checks before it writes: what it refuses, it has not begun, so catching its
        error leaves nothing half done in the transaction that it joined.
        """
        if self.current is None:
            begun = _Outer(self, "", author)
            return begun if self._kept is None else nullcontext(self._kept.enter_context(begun))
        return nullcontext(self.current)


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
        transactions.prepare()
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
        transaction = self._transactions.current
        assert transaction is not None
        assert self._work is not None
        refusal = None if error is not None else self._complete(transaction)
        self._transactions.current = None
        reason = error or refusal
        try:
            self._work.__exit__(type(reason) if reason else None, reason, trace)
        except BaseException:
            transaction.give_back()
            raise
        if reason is not None:
            transaction.give_back()
            if refusal is not None:
                raise refusal
            return
        transaction.committed = self._transactions.database.committed(transaction.writing)
        self._transactions.ended(transaction.committed)

    def _complete(self, transaction: Transaction) -> Exception | None:
        """Add what follows from the transaction; why nothing of it can be kept, or None."""
        if transaction.failed:
            return _half_done()
        try:
            self._transactions.complete(transaction, self._transactions.work)
        except Exception as fault:  # noqa: BLE001 - it is raised again once all is undone
            return fault
        return None


def _half_done() -> Conflict:
    return Conflict(
        "a part of this transaction failed, so nothing of it is kept",
        code="SG-REPOSITORY-001",
        hint="let the error of the inner transaction leave the outer block too",
    )
