"""Relay's `Node` and `PageInfo`, and the descriptions of connections' fields."""

import strawberry

from osit_graphql.services.queries.keyset_pagination import Page


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


TOTAL = "Number of items in the whole list, exact up to 10,000; 10,001 means more. Counted only if selected."
EDGES = "Items with their cursors."
NODES = "Items."
PAGE_INFO = "Position of this page in the list."
CURSOR = "Cursor for `after` and `before`, valid with the same order and filter."
