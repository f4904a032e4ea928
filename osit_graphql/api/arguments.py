"""Arguments that several fields have: Relay's pages, and `active`."""

from functools import lru_cache
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from osit_graphql.services.queries.keyset_pagination import PageArgs

First = Annotated[
    int | None, strawberry.argument(description="Number of items from the start. Default: 50, at most 100.")
]
After = Annotated[str | None, strawberry.argument(description="Return items after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="Number of items from the end, at most 100. Not together with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Return items before this cursor.")]
Active = Annotated[bool | None, strawberry.argument(description="Filter by active or inactive. Default: all.")]


def is_set(value: object) -> bool:
    """Whether an argument has a value: neither absent nor null."""
    return value is not None and value is not UNSET


def value_or_none(value: Any) -> Any:
    """Return an argument's value; None when it is absent."""
    return None if value is UNSET else value


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
