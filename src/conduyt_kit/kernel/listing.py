"""Lists as documented: pages with an exact total (R9, A6, A7), and cursor pages for large lists (part f of the rules)."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import attrs
from msgspec import Meta

from conduyt_kit.kernel.endpoints import Call, Listing
from conduyt_kit.kernel.entities import EntitySpec
from conduyt_kit.kernel.errors import InvalidRequest
from conduyt_kit.kernel.naming import camel, snake
from conduyt_kit.kernel.query import EVERYTHING, Loaded, Where, complete_sort, decode_cursor, encode_cursor, query

E = TypeVar("E")

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 100
_FARTHEST = 2**53


@attrs.frozen(kw_only=True)
class PageQuery:
    """The query parameters of every list with ``meta``. Lists with filters subclass it."""

    page: Annotated[int, Meta(ge=1, description="Page number (default: 1)")] = 1
    limit: Annotated[int, Meta(ge=1, description="Items per page (default: 50, max: 100)")] = DEFAULT_LIMIT
    cursor: Annotated[str, Meta(description="Page by cursor instead of number; empty for the first page")] | None = None
    sort: Annotated[str, Meta(description="A field to order by; a leading - is descending")] | None = None
    count: Annotated[bool, Meta(description="Whether meta has the total (default: true)")] = True


def list_records(
    call: Call[Any, Any],
    spec: EntitySpec[E],
    view: Callable[[Loaded[E]], Any],
    where: Where = EVERYTHING,
    *,
    search: str | None = None,
    include: Sequence[str] = (),
    counts: Sequence[str] = (),
) -> Listing:
    """Return one page of an entity's records, each turned into its output by `view`; one storage call.

    The page, limit, cursor and sort come from the call's query, a `PageQuery`.

    Raises:
        InvalidRequest: the cursor is not of this list, or the sort field is not one to sort by.
    """
    wanted: PageQuery = call.query
    limit = min(wanted.limit, LARGEST_LIMIT)
    sort = complete_sort(spec, _sort(spec, wanted.sort))
    by_cursor = wanted.cursor is not None
    after = decode_cursor(spec, sort, wanted.cursor) if wanted.cursor else None
    page = call.unit.repository(spec).page(
        query(
            spec,
            where,
            search=search,
            sort=[("-" if item.descending else "") + item.field for item in sort],
            limit=limit,
            offset=0 if by_cursor else min((wanted.page - 1) * limit, _FARTHEST),
            after=after,
            include=include,
            counts=counts,
            total=wanted.count and not by_cursor,
        )
    )
    items = [view(item) for item in page.items]
    if by_cursor:
        following = encode_cursor(spec, sort, page.items[-1].record) if page.more and page.items else None
        return Listing(items=items, limit=limit, next_cursor=following)
    return Listing(items=items, limit=limit, page=wanted.page, total=page.total)


def _sort(spec: EntitySpec[Any], wanted: str | None) -> list[str] | None:
    if not wanted:
        return None
    name = snake(wanted.removeprefix("-"))
    if name not in spec.sortable:
        raise InvalidRequest.on("sort", f"Must be one of {', '.join(camel(field) for field in spec.sortable)}, or - and one of them")
    return [("-" if wanted.startswith("-") else "") + name]
