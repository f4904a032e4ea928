"""Relay's `Node` and `PageInfo`, the arguments of a page, and the descriptions of connections' fields."""

from functools import lru_cache
from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs

First = Annotated[
    int | None, strawberry.argument(description="Number of items from the start. Default: 50, at most 100.")
]
After = Annotated[str | None, strawberry.argument(description="Return items after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="Number of items from the end, at most 100. Not together with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Return items before this cursor.")]


@strawberry.interface(description="Object with a global ID, for `node`.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque ID.")


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item. Null if the page is empty.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item. Null if the page is empty.")


def page_info(page: Page) -> PageInfo:
    """Return the position of a page."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursor(page.rows[0]) if page.rows else None,
        end_cursor=page.cursor(page.rows[-1]) if page.rows else None,
    )


def page_args(first: int | None, after: str | None, last: int | None, before: str | None) -> PageArgs:
    """Return the page that Relay's arguments select; raises `BadInput` for an invalid size."""
    if after is UNSET and before is UNSET:
        return _first_page_args(first, last)
    return _checked(PageArgs(value_or_none(first), value_or_none(after), value_or_none(last), value_or_none(before)))


@lru_cache(256)
def _first_page_args(first: int | None, last: int | None) -> PageArgs:
    """Return a page without a cursor; cached, because there are few of them."""
    return _checked(PageArgs(first=value_or_none(first), last=value_or_none(last)))


def _checked(page: PageArgs) -> PageArgs:
    _ = page.size  # raises BadInput
    return page


TOTAL = "Number of items in the whole list, exact up to 10,000; 10,001 means more. Counted only if selected."
EDGES = "Items with their cursors."
NODES = "Items."
PAGE_INFO = "Position of this page in the list."
CURSOR = "Cursor for `after` and `before`, valid with the same order and filter."
