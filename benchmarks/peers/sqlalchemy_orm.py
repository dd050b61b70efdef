"""SQLAlchemy's ORM: one session, nothing expired at commit, its fastest use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.content import Rows
from benchmarks.peers.port import PRAGMAS, batches, read


class Base(DeclarativeBase):
    pass


class Story(Base):
    __tablename__ = "story"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(String(400))
    body: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(40))
    author: Mapped[str] = mapped_column(String(80))
    views: Mapped[int]
    weight: Mapped[int]
    rating: Mapped[float]
    featured: Mapped[bool]
    edited: Mapped[datetime]


class SqlAlchemyOrm:
    name = "SQLAlchemy"

    def __init__(self, folder: Path) -> None:
        self._engine = create_engine(f"sqlite:///{folder / 'sqlalchemy.db'}")

        @event.listens_for(self._engine, "connect")
        def set_pragmas(connection: object, _record: object) -> None:
            for pragma in PRAGMAS:
                connection.execute(pragma)  # type: ignore[attr-defined]

        Base.metadata.create_all(self._engine)
        self._session = Session(self._engine, expire_on_commit=False)

    def create_each(self, rows: Rows) -> Sequence[str]:
        session = self._session
        for key, fields in zip(rows.keys, rows.fields, strict=True):
            session.add(Story(id=key, **fields))
            session.commit()
        return rows.keys

    def create_batched(self, rows: Rows) -> Sequence[str]:
        for batch in batches(rows):
            pairs = zip(batch.keys, batch.fields, strict=True)
            self._session.add_all([Story(id=key, **fields) for key, fields in pairs])
            self._session.commit()
        return rows.keys

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        return made

    def get(self, keys: Sequence[object]) -> int:
        for key in keys:
            found = self._session.get(Story, key)
            assert found is not None
            read(found)
        self._session.rollback()
        return len(keys)

    def close(self) -> None:
        self._session.close()
        self._engine.dispose()
