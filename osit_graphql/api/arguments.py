"""Arguments that many fields share: Relay's, and the directory's."""

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


def said(value: object) -> bool:
    """Whether an argument was given a value: neither absent nor null."""
    return value is not None and value is not UNSET


def given(value: Any) -> Any:
    """Return an argument's value, None when it was given none."""
    return None if value is UNSET else value


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> PageArgs:
    """Return the page that was asked for; refuses a size that the contract refuses."""
    if after is UNSET and before is UNSET:
        return _end_of(first, last)
    return _checked(PageArgs(given(first), given(after), given(last), given(before)))


@lru_cache(256)
def _end_of(first: int | None, last: int | None) -> PageArgs:
    """Return a page without a cursor, of which there are few: made once, and what it works out with it."""
    return _checked(PageArgs(first=given(first), last=given(last)))


def _checked(asked: PageArgs) -> PageArgs:
    _ = asked.size
    return asked
