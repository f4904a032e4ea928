"""GraphQL types that are backed by a row: each field reads the row when it is selected.

`row_backed` gives a Strawberry type its descriptors (`api.row_fields`), `connection_of` a Relay connection its fields.
`columns_of` returns the columns that a selection needs, for the statement that reads the rows.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from inspect import get_annotations
from types import UnionType
from typing import Any, ClassVar, Self, TypeVar, cast, get_args, get_origin

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.lookahead import Selection
from osit_graphql.api.row_fields import ColumnField, JoinedField, RowListField, descriptor_of
from osit_graphql.api.strawberry_adapter import attributes_by_field
from osit_graphql.api.types.relay import CURSOR, EDGES, NODES, PAGE_INFO, TOTAL, PageInfo, page_info
from osit_graphql.services.queries.keyset_pagination import Page

C = TypeVar("C", bound="type[ConnectionBase]")
R = TypeVar("R", bound="type[RowBacked]")
FieldSources = Mapping[str, ColumnField | JoinedField]
RequiredColumns = Mapping[str, tuple[str, ...]]
TotalCount = Callable[[], Awaitable[int]]


class RowBacked:
    """A base of types whose fields are the columns of a row that begin with `prefix`."""

    row: Any
    prefix: str
    field_sources: ClassVar[FieldSources] = {}
    """The descriptors of fields that differ from the column of their name."""
    required_columns: ClassVar[RequiredColumns] = {}
    """The columns, apart from `id`, that the resolvers of its other fields read."""

    @classmethod
    def from_row(cls, row: Any, prefix: str = "") -> Self:
        """Create an instance for a row of a statement's result."""
        return cls._create(row.mapping, prefix)

    @classmethod
    def joined(cls, row: Any, prefix: str) -> Self | None:
        """Create an instance for columns that were joined to a row; None when the join had no match."""
        return None if row.get(f"{prefix}id") is None else cls._create(row, prefix)

    @classmethod
    def _create(cls, row: Any, prefix: str) -> Self:
        instance = cls.__new__(cls)
        instance.row = row
        instance.prefix = prefix
        return instance


class ConnectionBase:
    """A base of Relay connections, which create their edges and nodes when these are selected."""

    page: Page
    count: TotalCount
    create_node: ClassVar[Callable[[Any], Any]]
    node_types: ClassVar[tuple[type[RowBacked], ...]]

    @classmethod
    def of(cls, page: Page, count: TotalCount) -> Self:
        """Create a connection for a page; `count` is called when the total count is selected."""
        connection = cls.__new__(cls)
        connection.__dict__.update(page=page, count=count)
        return connection

    @classmethod
    def node_columns(cls, selection: Selection) -> frozenset[str]:
        """Return the columns that the statement of a page reads, for a selection on the connection."""
        nodes = selection.within("nodes").merged(selection.within("edges", "node"))
        return frozenset(column for type_ in cls.node_types for column in columns_of(type_, nodes))


def counted(total: int | None) -> TotalCount:
    """Return the `count` of a connection for a total that was read together with its page."""

    async def count() -> int:
        if total is None:
            raise AssertionError("the total count was not read with the page")
        return total

    return count


REGISTERED: dict[str, Any] = {}
"""The row-backed types and the connections, by name: types that refer to each other can't import each other."""


def row_backed(kind: global_ids.Kind) -> Callable[[R], R]:
    """Decorate a Strawberry type, a `RowBacked` one, whose fields are read from its row."""

    def decorate(type_: R) -> R:
        sources = {
            "id": ColumnField("id", global_ids.encoded_ids(kind)),
            "key": ColumnField("id"),
            **type_.field_sources,
        }
        names = [each.name for each in fields(cast(Any, type_)) if getattr(each, "base_resolver", None) is None]
        bases = reversed(type_.__mro__)
        annotations = {name: annotation for base in bases for name, annotation in get_annotations(base).items()}
        columns = {name: _column_field(name, annotations.get(name)) for name in names}
        for name, descriptor in (columns | sources).items():
            setattr(type_, name, descriptor)
        inherited = [vars(base).get("required_columns", {}) for base in reversed(type_.__mro__)]
        type_.required_columns = {name: required for each in inherited for name, required in each.items()}
        REGISTERED[type_.__name__] = type_
        return type_

    return decorate


def connection_of(
    node_type: Any,
    item: str,
    description: str,
    *,
    types: Mapping[Any, type[RowBacked]] | None = None,
    create_node: Callable[[Any], Any] | None = None,
) -> Callable[[C], C]:
    """Decorate a `ConnectionBase`: make it a Relay connection, with an edge type, in Strawberry's schema.

    `item` names a node in descriptions. `types`: the nodes' types by the `kind` of their rows, and `create_node`
    chooses among them; without, every node is `node_type.from_row(row)`.
    """
    edge_type: Any = _edge_type(node_type, item)

    def decorate(connection: C) -> C:
        @strawberry.type(name=connection.__name__, description=description)
        class Decorated(connection):  # type: ignore[valid-type,misc]
            edges: list[edge_type] = strawberry.field(description=EDGES)
            nodes: list[node_type] = strawberry.field(description=NODES)
            page_info: PageInfo = strawberry.field(description=PAGE_INFO)

            @strawberry.field(description=TOTAL)
            async def total_count(self) -> int:
                return await self.count()  # type: ignore[no-any-return]

        by_kind = "kind" if types else None
        node_list = RowListField(_nodes, "page.mappings", types or node_type, by_kind, _column_order)
        page = property(lambda connection: page_info(connection.page))
        for name, descriptor in (("edges", property(_edges(edge_type))), ("nodes", node_list), ("page_info", page)):
            setattr(Decorated, name, descriptor)
        Decorated.create_node = staticmethod(create_node or node_type.from_row)
        Decorated.node_types = tuple(types.values()) if types else (node_type,)
        REGISTERED[connection.__name__] = Decorated
        return cast(C, Decorated)

    return decorate


def _edge_type(node_type: Any, item: str) -> type:
    @strawberry.type(name=f"{node_type.__name__}Edge", description=f"{item} in a list.")
    class Edge:
        cursor: str = strawberry.field(description=CURSOR)
        node: node_type = strawberry.field(description=f"{item}.")

    return Edge


def _edges(edge: Any) -> Callable[[Any], list[Any]]:
    def edges(connection: Any) -> list[Any]:
        page, create_node = connection.page, connection.create_node
        return [edge(cursor=page.cursor(row), node=create_node(row)) for row in page.rows]

    return edges


def _nodes(connection: Any) -> list[Any]:
    return list(map(connection.create_node, connection.page.rows))


def _column_order(row: Any) -> tuple[str, ...] | None:
    """Return the columns of a row of `db.statements`, which is its own mapping and iterates over its values."""
    mapping: Any = getattr(row, "mapping", None)
    return tuple(row.keys()) if mapping is row else None


def columns_of(type_: type[RowBacked], selection: Selection, prefix: str = "") -> Iterator[str]:
    """Yield the columns that a selection on a type reads, those of joined objects included."""
    yield f"{prefix}id"
    for name, attribute in _attributes(cast(Any, type_)).items():
        if name not in selection:
            continue
        match descriptor_of(type_, attribute):
            case ColumnField() as field:
                yield f"{prefix}{field.column}"
            case JoinedField() as field:
                yield from columns_of(field.type, selection.within(name), field.prefix)
            case _:
                yield from (f"{prefix}{column}" for column in type_.required_columns.get(attribute, ()))


_attributes = cache(attributes_by_field)


def _column_field(name: str, annotation: Any) -> ColumnField:
    """Return the field of a column; the values of an enumeration are converted to its members."""
    many = get_origin(annotation) is list or any(get_origin(each) is list for each in get_args(annotation))
    return ColumnField(name, _enum_members(annotation), many=many)


def _enum_members(annotation: Any) -> dict[Any, Any] | None:
    """Return the members of the enumeration in an annotation, by value; None when there is none."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return {None: None, **{str(member): member for member in annotation}}
    if isinstance(annotation, UnionType) or get_origin(annotation) is list:
        return next((members for each in get_args(annotation) if (members := _enum_members(each)) is not None), None)
    return None
