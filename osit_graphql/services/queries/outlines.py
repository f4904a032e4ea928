"""A filter's outline: what its SQL depends on, apart from the values, which come under the names it gives them."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

Leaf = tuple[str, str, Any]  # a value's name, what of it the text depends on, itself
NOTHING = None  # what only the text depends on


@dataclass(frozen=True)
class FilterCacheKey:
    """Equal for two filters that are written alike; `None` as shape for what is written anew each time, a search."""

    shape: Hashable
    values: Mapping[str, Any]


EMPTY = FilterCacheKey((), {})
"""That of a filter with nothing in it."""


def outline(narrowed: Any) -> FilterCacheKey:
    """Return the outline of a filter, or of what it is made of."""
    leaves = list(_leaves(narrowed, ""))
    if any(manner == "search" for _, manner, _ in leaves):
        return FilterCacheKey(None, {})
    shape = tuple((name, manner) for name, manner, _ in leaves)
    return FilterCacheKey(shape, {name: value for name, _, value in leaves if value is not NOTHING})


def plain(values: Any) -> list[Any]:
    """Return what is sent: words as text."""
    return [str(value) if isinstance(value, str) else value for value in values]


def _leaves(narrowed: Any, path: str) -> Iterator[Leaf]:
    for box in fields(narrowed):
        value, name = getattr(narrowed, box.name), path + box.name
        if value is None:
            continue
        if isinstance(value, bool):
            yield name, str(value), NOTHING
        elif isinstance(value, str):
            yield name, "search", NOTHING
        elif isinstance(value, tuple):
            yield from _of_many(value, name)
        elif is_dataclass(value):
            yield name, "within", NOTHING
            yield from _leaves(value, f"{name}_")
        else:
            yield name, "bound", value


def _of_many(values: tuple[Any, ...], name: str) -> Iterator[Leaf]:
    if values and is_dataclass(values[0]):
        yield name, f"any of {len(values)}", NOTHING
        for place, inner in enumerate(values):
            yield from _leaves(inner, f"{name}_{place}_")
    elif len(values) == 1:
        yield name, "one", plain(values)[0]
    else:
        yield name, "many", plain(values)
