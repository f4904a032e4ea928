"""The table that a query returns: the rows of a connection's page or of a report, and one column for each leaf.

Columns follow the selection, not the response, because a response without rows has none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from osit_graphql.api.query_cost.cost import arguments_of, default_values, value_of

Column = tuple[str, ...]
"""The names in the response that lead from a row to a value."""
REPORTS = {"MaintenanceCostReport"}
"""Types with one list: the rows of the report."""
REPORT_ROWS = {"Recurrence", "TicketFlowRow"}
"""Types of the rows of reports that are lists themselves."""
CONNECTION = "Connection"  # the end of the types with pages


class NotATableError(Exception):
    """The query returns no table."""


class Table(NamedTuple):
    """The path of the rows in the response's `data`, and the columns of a row."""

    path: tuple[str, ...]
    columns: tuple[Column, ...]

    def rows(self, data: Any) -> Iterator[list[Any]]:
        """Yield the values of each row, None for absent ones."""
        for name in self.path:
            data = None if data is None else data[name]
        for row in data or ():
            yield [_value_at(row, column) for column in self.columns]


class _Selected(NamedTuple):
    """A field of the response: its definition's type, and its selections, of which equal names have several."""

    type: Any
    selections: list[SelectionSetNode]


def find_table(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Table:
    """Return the table of a valid query with one root field. Raises `NotATableError`."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        raise NotATableError
    reader = _SelectionReader(schema, document, operation, variables)
    fields = reader.read(schema.query_type, [operation.selection_set])
    if len(fields) != 1:
        raise NotATableError
    [(root, field)] = fields.items()
    named = get_named_type(field.type)
    path: Column = (root,)
    rows = field
    if not is_list_type(get_nullable_type(field.type)):
        lists = {name: each for name, each in reader.read(named, field.selections).items() if _is_list(each)}
        if len(lists) != 1 or not (named.name in REPORTS or named.name.endswith(CONNECTION)):
            raise NotATableError
        [(name, rows)] = lists.items()
        path = (root, name)
    elif named.name not in REPORT_ROWS:
        raise NotATableError
    return Table(path, tuple(reader.columns(get_named_type(rows.type), rows.selections)))


class _SelectionReader:
    """Reads selections with their fragments and conditions."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = {**default_values(operation), **variables}

    def columns(self, type_: GraphQLNamedType, selections: list[SelectionSetNode]) -> Iterator[Column]:
        """Yield the path of each leaf below a type. Raises `NotATableError` for a list."""
        for name, field in self.read(type_, selections).items():
            if _is_list(field):
                raise NotATableError
            if is_leaf_type(get_named_type(field.type)):
                yield (name,)
            else:
                for column in self.columns(get_named_type(field.type), field.selections):
                    yield (name, *column)

    def read(self, type_: GraphQLNamedType, selections: list[SelectionSetNode]) -> dict[str, _Selected]:
        """Return the selected fields by their names in the response, in order."""
        fields: dict[str, _Selected] = {}
        for node, parent in self._nodes(type_, selections):
            name = node.alias.value if node.alias else node.name.value
            definition = self._schema.get_field(cast(Any, parent), node.name.value)
            if definition is None:
                raise NotATableError
            selected = fields.setdefault(name, _Selected(definition.type, []))
            if node.selection_set:
                selected.selections.append(node.selection_set)
        return fields

    def _nodes(
        self, type_: GraphQLNamedType, selections: list[SelectionSetNode]
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for node in (node for selection in selections for node in selection.selections):
            if not self._is_included(node):
                continue
            match node:
                case FieldNode():
                    yield node, type_
                case InlineFragmentNode():
                    condition = node.type_condition
                    inner = self._schema.type_map[condition.name.value] if condition else type_
                    yield from self._nodes(inner, [node.selection_set])
                case FragmentSpreadNode():
                    fragment = self._fragments[node.name.value]
                    inner = self._schema.type_map[fragment.type_condition.name.value]
                    yield from self._nodes(inner, [fragment.selection_set])

    def _is_included(self, node: Any) -> bool:
        conditions = {
            directive.name.value: value_of(arguments_of(directive).get("if"), self._variables)
            for directive in node.directives or ()
        }
        return conditions.get("skip") is not True and conditions.get("include") is not False


def _is_list(field: _Selected) -> bool:
    return is_list_type(get_nullable_type(field.type))


def _value_at(row: Any, column: Column) -> Any:
    for name in column:
        row = None if row is None else row.get(name)
    return row
