"""Objects that show a row: a field is read off it when it is asked for, and what isn't asked for costs nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from inspect import get_annotations
from types import UnionType
from typing import Any, ClassVar, Self, TypeVar, cast, get_args, get_origin

from strawberry.utils.str_converters import to_camel_case

from osit_graphql.api import global_ids
from osit_graphql.api.lookahead import Selection
from osit_graphql.api.row_fields import Cell, Part, Rows, reader
from osit_graphql.api.types.relay import PageInfo, page_info
from osit_graphql.services.queries.keyset_pagination import Page

T = TypeVar("T", bound=type)
S = TypeVar("S", bound="type[Shown]")
Reads = Mapping[str, Cell | Part]
Needs = Mapping[str, tuple[str, ...]]


class Shown:
    """What is shown of a row, of its columns that begin with `prefix`."""

    row: Any
    prefix: str
    reads: ClassVar[Reads] = {}
    """How its fields are read that aren't merely columns."""
    needs: ClassVar[Needs] = {}
    """Which columns the resolvers of its other fields read, beside `id`."""

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

    found: Page
    show: Callable[[Any], Any]

    @classmethod
    def of(cls, found: Page, show: Callable[[Any], Any], **rest: Any) -> Self:
        """Make a page; `show` makes a node of a row, `rest` is what this list's have beside."""
        made = cls.__new__(cls)
        made.__dict__.update(rest, found=found, show=show)
        return made


def shown(kind: global_ids.Kind) -> Callable[[S], S]:
    """Have a Strawberry type, which is `Shown`, read its fields off its row."""

    def decorate(type_: S) -> S:
        reads = {"id": Cell("id", global_ids.encoded(kind)), "key": Cell("id"), **type_.reads}
        columns = [box.name for box in fields(cast(Any, type_)) if getattr(box, "base_resolver", None) is None]
        annotations = {name: told for base in reversed(type_.__mro__) for name, told in get_annotations(base).items()}
        cells = {name: _column(name, annotations.get(name)) for name in columns}
        for name, read in (cells | reads).items():
            setattr(type_, name, read)
        inherited = [vars(base).get("needs", {}) for base in reversed(type_.__mro__)]
        type_.needs = {name: columns for needs in inherited for name, columns in needs.items()}
        return type_

    return decorate


def paged(edge: Any, types: Any = None, by: str | None = None) -> Callable[[T], T]:
    """Have a Strawberry type, which is `Paged`, make its nodes, edges and page of what was found.

    `types`: what nodes are, when they are `Shown`, or are for what stands in the column `by`.
    """

    def edges(page: Any) -> list[Any]:
        return [edge(cursor=page.found.cursor(row), node=page.show(row)) for row in page.found.rows]

    def nodes(page: Any) -> list[Any]:
        return list(map(page.show, page.found.rows))

    def info(page: Any) -> PageInfo:
        return page_info(page.found)

    def decorate(type_: T) -> T:
        listed = property(nodes) if types is None else Rows(nodes, "found.mappings", types, by, _order)
        for name, read in (("edges", property(edges)), ("nodes", listed), ("page_info", property(info))):
            setattr(type_, name, read)
        return type_

    return decorate


def _order(row: Any) -> tuple[str, ...] | None:
    """Return the columns of a row of `statements`, which gives their values in this order."""
    its_own: Any = getattr(row, "_mapping", None)
    return tuple(row.keys()) if its_own is row else None


def columns_of(type_: type[Shown], asked: Selection, prefix: str = "") -> Iterator[str]:
    """Yield the columns that a selection of a `Shown` type reads, and of what it shows of the same row."""
    yield f"{prefix}id"
    for name, attribute in _attributes(cast(Any, type_)).items():
        if name not in asked:
            continue
        match reader(type_, attribute):
            case Cell() as cell:
                yield f"{prefix}{cell.column}"
            case Part() as part:
                yield from columns_of(part.type, asked.within(name), part.prefix)
            case _:
                yield from (f"{prefix}{column}" for column in type_.needs.get(attribute, ()))


@cache
def _attributes(type_: Any) -> Mapping[str, str]:
    """Return the attributes of a type's fields, by their names in the API."""
    boxes = type_.__strawberry_definition__.fields
    return {box.graphql_name or to_camel_case(box.python_name): box.python_name for box in boxes}


def _column(name: str, told: Any) -> Cell:
    """Read a column as it is, but for words, which become their enumeration's members."""
    many = get_origin(told) is list or any(get_origin(each) is list for each in get_args(told))
    return Cell(name, _words(told), many=many)


def _words(told: Any) -> dict[Any, Any] | None:
    """Return the members of the enumeration that an annotation has, by word; a member is its own."""
    if isinstance(told, type) and issubclass(told, StrEnum):
        return {None: None, **{str(member): member for member in told}}
    if isinstance(told, UnionType) or get_origin(told) is list:
        return next((words for each in get_args(told) if (words := _words(each)) is not None), None)
    return None
