"""Long lists in pages: which part to show, and which other parts to offer."""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.model.errors import NotFound

PAGE_SIZE = 20
_AROUND = 2


@dataclass(frozen=True, slots=True)
class Pagination:
    """One page of a list.

    Attributes:
        number: which page, from 1.
        total: how many entries the whole list has.
        size: how many entries a page has.
    """

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def count(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many entries come before this page."""
        return (self.number - 1) * self.size

    @property
    def previous(self) -> int | None:
        """The page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, if there is one."""
        return self.number + 1 if self.number < self.count else None

    @property
    def offered(self) -> tuple[int | None, ...]:
        """The first, the last and the nearest pages; None stands for a gap."""
        near = range(self.number - _AROUND, self.number + _AROUND + 1)
        numbers = sorted({1, self.count, *near} & set(range(1, self.count + 1)))
        offered: list[int | None] = []
        for number in numbers:
            last = offered[-1] if offered else 0
            if last is not None and number - last == 2:
                offered.append(number - 1)
            elif last is not None and number - last > 2:
                offered.append(None)
            offered.append(number)
        return tuple(offered)


def page_of(asked: str, total: int, size: int = PAGE_SIZE) -> Pagination:
    """The page that a reader asks for.

    Args:
        asked: the number in the address; empty for the first page.
        total: how many entries the list has.
        size: how many entries a page has.

    Raises:
        NotFound: the list has no such page.
    """
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    pagination = Pagination(number if asked else 1, total, size)
    if not 1 <= pagination.number <= pagination.count:
        raise NotFound(
            f"the list has no such page. page={asked!r}",
            code="SG-ROUTE-006",
            hint=f"its pages are 1 to {pagination.count}",
        )
    return pagination
