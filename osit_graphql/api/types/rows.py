"""Objects that show a row: a field is read off it when it is asked for, and what isn't asked for costs nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from inspect import get_annotations
from types import UnionType
from typing import Any, ClassVar, Self, TypeVar, cast, get_args, get_origin

from osit_graphql.api import ids
from osit_graphql.api.types.nodes import PageInfo, page_info
from osit_graphql.services.reads.pages import Slice

T = TypeVar("T", bound=type)
S = TypeVar("S", bound="type[Shown]")
Read = Callable[[Any], Any]
Reads = Mapping[str, Read]


class Shown:
    """What is shown of a row, of its columns that begin with `prefix`."""

    row: Any
    prefix: str
    reads: ClassVar[Reads] = {}
    """How its fields are read that aren't merely columns."""

    @classmethod
    def from_row(cls, row: Any, prefix: str = "") -> Self:
        """Show a row of SQLAlchemy's, or of `statements`."""
        return cls._over(row._mapping, prefix)

    @classmethod
    def joined(cls, row: Any, prefix: str) -> Self | None:
        """Show what was joined to a row; None when nothing was, or there is none."""
        return None if row.get(f"{prefix}id") is None else cls._over(row, prefix)

    @classmethod
    def _over(cls, row: Any, prefix: str) -> Self:
        made = cls.__new__(cls)
        made.row = row
        made.prefix = prefix
        return made


class Paged:
    """A page of a list, made of its rows when it is asked for."""

    found: Slice
    show: Read

    @classmethod
    def of(cls, found: Slice, show: Read, **rest: Any) -> Self:
        """Make a page; `show` makes a node of a row, `rest` is what this list's have beside."""
        made = cls.__new__(cls)
        made.__dict__.update(rest, found=found, show=show)
        return made


def shown(kind: ids.Kind) -> Callable[[S], S]:
    """Have a Strawberry type, which is `Shown`, read its fields off its row."""

    def decorate(type_: S) -> S:
        reads = {"id": identity(kind), "key": _column("id", None), **type_.reads}
        columns = [box.name for box in fields(cast(Any, type_)) if getattr(box, "base_resolver", None) is None]
        annotations = {name: told for base in reversed(type_.__mro__) for name, told in get_annotations(base).items()}
        readers = {name: _column(name, annotations.get(name)) for name in columns}
        for name, read in (readers | reads).items():
            setattr(type_, name, property(read))
        return type_

    return decorate


def paged(edge: Any) -> Callable[[T], T]:
    """Have a Strawberry type, which is `Paged`, make its nodes, edges and page of what was found."""

    def edges(page: Any) -> list[Any]:
        return [edge(cursor=page.found.cursor(row), node=page.show(row)) for row in page.found.rows]

    def nodes(page: Any) -> list[Any]:
        return list(map(page.show, page.found.rows))

    def info(page: Any) -> PageInfo:
        return page_info(page.found)

    def decorate(type_: T) -> T:
        for name, read in (("edges", edges), ("nodes", nodes), ("page_info", info)):
            setattr(type_, name, property(read))
        return type_

    return decorate


def identity(kind: ids.Kind) -> Read:
    """Read the opaque id."""
    encode = ids.encoder(kind)
    return lambda o: encode(o.row[o.prefix + "id"])


def one(type_: type[Shown], prefix: str) -> Read:
    """Read what was joined in; None when it was not, or there is none."""
    return lambda o: type_.joined(o.row, prefix)


def when_there(name: str) -> Read:
    """Read a column that need not have been fetched."""
    return lambda o: o.row.get(name)


def _column(name: str, told: Any) -> Read:
    """Read a column as it is, but for words, which become their enumeration's members."""
    words = _words(told)
    if words is None:
        return lambda o: o.row[o.prefix + name]
    if get_origin(told) is list or any(get_origin(each) is list for each in get_args(told)):
        return lambda o: _each(words, o.row[o.prefix + name])
    return lambda o: words[o.row[o.prefix + name]]


def _each(words: dict[Any, Any], listed: Sequence[Any] | None) -> list[Any] | None:
    return None if listed is None else [words[word] for word in listed]


def _words(told: Any) -> dict[Any, Any] | None:
    """Return the members of the enumeration that an annotation has, by word; a member is its own."""
    if isinstance(told, type) and issubclass(told, StrEnum):
        return {None: None, **{str(member): member for member in told}}
    if isinstance(told, UnionType) or get_origin(told) is list:
        return next((words for each in get_args(told) if (words := _words(each)) is not None), None)
    return None
