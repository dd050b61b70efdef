"""Pages of a list, held to the whole list."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.repositories import RepositoryNode
from tests.web.cloud_nodes import Book, Shelf

from skygarth.web.api.asked_fields import asked_order
from skygarth.web.api.paging import Paging

_BOOKS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.sampled_from("ab"), st.booleans()),
    max_size=9,
)
_KEYS = st.lists(
    st.sampled_from(["pages", "-pages", "title", "-title", "lent", "-guid", "meta.revision"]),
    max_size=3,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(_BOOKS, _KEYS, st.integers(1, 4))
def test_pages_together_are_the_whole_list(
    books: list[tuple[int | None, str, bool]], names: list[str], limit: int
) -> None:
    """Whatever the order, and whatever is equal or empty in it: nothing twice, nothing lost."""
    node = RepositoryNode()
    repository = node.repository
    repository.register(Shelf, Book)
    for number, (pages, title, lent) in enumerate(books):
        repository.create(Book(name=f"b{number}", title=title, pages=pages, lent=lent))
    keys = [asked_order(Book, name) for name in names]
    orders = [order for _, order in keys] or [Book.guid.asc()]
    whole = [book.guid for book in repository.query(Book).order_by(*orders)]
    paging = Paging(Book, ",".join(names), keys, by_rank=False)
    found, after = [], ""
    while True:
        page, following = paging.page(repository.query(Book), after, limit)
        found += [book.guid for book in page]
        if following is None:
            break
        after = following
    node.database.close()

    assert found == whole
