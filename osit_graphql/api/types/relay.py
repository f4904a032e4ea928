"""What every identified thing has, and what every page says of itself."""

import strawberry

from osit_graphql.services.queries.keyset_pagination import Page


@strawberry.interface(description="Something with an id of its own, that `node` finds again.")
class Node:
    """The contract's `Node`."""

    id: strawberry.ID = strawberry.field(description="Opaque: keep it whole, read nothing into it.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor, null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last item's cursor, null on an empty page.")


def page_info(found: Page) -> PageInfo:
    """Say it of a page."""
    return PageInfo(
        has_next_page=found.has_next,
        has_previous_page=found.has_previous,
        start_cursor=found.cursor(found.rows[0]) if found.rows else None,
        end_cursor=found.cursor(found.rows[-1]) if found.rows else None,
    )


TOTAL = "How many the whole list has: exact up to 10,000, and 10,001 for « more than that »; counted when asked for."
EDGES = "The items with their cursors."
NODES = "The items alone."
PAGE_INFO = "Where this page stands."
CURSOR = "Where this item stands: for `after` and `before`, under the same order and filter."
