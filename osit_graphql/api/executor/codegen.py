"""Code generation for objects: the fields of a selection that need no resolver become one expression.

A list of rows becomes one function, specialized for the columns of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)

from osit_graphql.api.executor.codegen_source import (
    TEXT_TYPES,
    FallBackToGraphQLCore,
    ObjectSource,
    column_variables,
    enum_names_by_member,
    evaluate,
    fall_back,
    leaf_template,
)
from osit_graphql.api.executor.operation_cache import CONDITION_DIRECTIVES
from osit_graphql.api.row_fields import (
    ColumnField,
    Columns,
    JoinedField,
    RowListField,
    TextLookup,
    descriptor_of,
    is_row_backed,
)
from osit_graphql.api.strawberry_adapter import attribute_of, declaring_class, has_own_resolve_type

if TYPE_CHECKING:
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList

Serialize = Callable[[Any], dict[str, Any]]
SerializeRows = Callable[[Sequence[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class ObjectSerializer:
    """Serializes the fields that generated code covers; `remaining` are those that graphql-core executes."""

    serialize: Serialize
    remaining: dict[str, FieldDetailsList]

    def serialize_or_none(self, value: Any) -> dict[str, Any] | None:
        """Return the object with a null in the place of each remaining field; None where graphql-core has to do it."""
        try:
            return self.serialize(value)
        except Exception:  # noqa: BLE001 - graphql-core executes the same part again, and reports its errors
            return None


def compile_serializer(
    executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList
) -> ObjectSerializer | None:
    """Compile the serializer of a selection on an object type; None when it would cover no field."""
    class_ = declaring_class(type_)
    if class_ is None:
        return None
    if is_row_backed(class_):
        serializer = _compile(executor, type_, details, ObjectSource(class_, "r", ""))
        if serializer is None:
            return None
        return ObjectSerializer(_RowSerializer(executor, type_, details, class_).serialize, serializer.remaining)
    return _compile(executor, type_, details, ObjectSource(class_, "o"))


def _compile(
    executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList, source: ObjectSource
) -> ObjectSerializer | None:
    """Compile a function of the object, or of its row."""
    expression = Expression(executor)
    try:
        items, remaining = expression.object_items(type_, details, source)
    except FallBackToGraphQLCore:
        return None
    if len(remaining) == len(items):
        return None
    body = f"{{{', '.join(items)}}}"
    if source.prefix is None:
        body += f" if o.__class__ is {expression.name_of(source.type)} else {expression.name_of(fall_back)}(o)"
    return ObjectSerializer(evaluate(f"lambda {source.variable}: {body}", expression.names), remaining)


class _RowSerializer(dict[str, Serialize]):
    """Serializes row-backed objects; its functions, by the prefix of their columns, are compiled at first use."""

    def __init__(
        self, executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList, class_: type
    ) -> None:
        super().__init__()
        self._selection = (executor, type_, details)
        self._class = class_

    def __missing__(self, prefix: str) -> Serialize:
        serializer = _compile(*self._selection, ObjectSource(self._class, "r", prefix))
        self[prefix] = fall_back if serializer is None else serializer.serialize
        return self[prefix]

    def serialize(self, value: Any) -> dict[str, Any]:
        """Serialize an object of this class, and of none of its subclasses."""
        class_: Any = value.__class__
        return self[value.prefix](value.row) if class_ is self._class else fall_back(value)


class Expression:
    """The source of one expression, and the values of its names."""

    def __init__(self, executor: Executor[Any]) -> None:
        self.names: dict[str, Any] = {}
        self.has_variables = False
        self._executor = executor
        self._leaves: dict[tuple[str, bool], str] = {}
        self._numbers = count()

    def name_of(self, value: Any) -> str:
        """Return a value's name in the expression; equal values share one."""
        known = next((name for name, each in self.names.items() if each is value or _are_equal(each, value)), None)
        name = known or f"c{next(self._numbers)}"
        self.names[name] = value
        return name

    def object_items(
        self, type_: GraphQLObjectType, details: FieldDetailsList, source: ObjectSource
    ) -> tuple[list[str], dict[str, FieldDetailsList]]:
        """Return the sources of an object's fields; a field that is left to graphql-core is a null in its place."""
        collected = self._executor.collect_subfields(type_, details)
        if collected.new_defer_usages:
            raise FallBackToGraphQLCore(type_)
        items, remaining = [], {}
        for name, field_details in collected.grouped_field_set.items():
            value = self._field(type_, field_details, source)
            if value is None:
                remaining[name] = field_details
            items.append(f"{name!r}: {value}")
        return items, remaining

    def _field(self, parent: GraphQLObjectType, details: FieldDetailsList, source: ObjectSource) -> str | None:
        """Return the source of a field's serialized value; None when the field is left to graphql-core."""
        field = self._executor.schema.get_field(parent, details[0].node.name.value)
        if field is None or any(_is_special(each) for each in details):
            return None
        if field is TypeNameMetaFieldDef:
            return repr(parent.name)
        attribute = attribute_of(field)
        if attribute is None:
            return None
        descriptor = descriptor_of(source.type, attribute)
        if source.prefix is not None:
            return self._row_field(field.type, details, descriptor, source)
        is_list = isinstance(descriptor, RowListField)
        rows = self._row_list(field.type, details, descriptor, source) if is_list else None
        return rows or self._value(field.type, details, f"{source.variable}.{attribute}")

    def _row_field(self, type_: Any, details: FieldDetailsList, descriptor: Any, source: ObjectSource) -> str | None:
        """Return the source of a row-backed object's field."""
        if isinstance(descriptor, ColumnField):
            return self._column(type_, details, descriptor, source)
        if isinstance(descriptor, JoinedField):
            return self._joined_object(type_, details, descriptor, source)
        return None

    def _column(self, type_: Any, details: FieldDetailsList, field: ColumnField, source: ObjectSource) -> str | None:
        """Return the source of a column's serialized value; for an enumeration, one look-up of the stored value."""
        inner, required = _nullable(type_)
        names = enum_names_by_member(inner)
        if names is not None and isinstance(field.convert, Mapping):
            by_stored = {stored: names[member] for stored, member in field.convert.items() if member in names}
            name = self.name_of(by_stored if required else {None: None, **by_stored})
            return f"{name}[{source.stored_value(field)}]"
        value = source.converted_value(field, self.name_of)
        if required and inner in TEXT_TYPES and isinstance(field.convert, TextLookup):
            return value
        return self._value(type_, details, value)

    def _joined_object(
        self, type_: Any, details: FieldDetailsList, field: JoinedField, source: ObjectSource
    ) -> str | None:
        """Return the source of another object of the same row; None unless all of its fields are covered."""
        inner, required = _nullable(type_)
        if not isinstance(inner, GraphQLObjectType) or declaring_class(inner) is not field.type:
            return None
        items, remaining = self.object_items(inner, details, replace(source, type=field.type, prefix=field.prefix))
        if remaining:
            return None
        absent = f"{self.name_of(fall_back)}(None)" if required else "None"
        return f"({absent} if {source.column(field.prefix + 'id')} is None else {{{', '.join(items)}}})"

    def _row_list(self, type_: Any, details: FieldDetailsList, field: RowListField, source: ObjectSource) -> str | None:
        """Return the source of a list of row-backed objects; None unless all fields of each are covered."""
        item: Any = get_named_type(type_)
        possible = self._executor.schema.get_possible_types(item) if is_abstract_type(item) else [item]
        classes = {each: declaring_class(each) for each in possible}
        in_rows = [field.types] if field.by is None else field.types.values()
        if None in classes.values() or not {*in_rows} <= {*classes.values()}:
            return None
        sources = {
            each: ObjectSource(class_, "r", "")
            for each, class_ in classes.items()
            if class_ and (field.by or class_ in in_rows)
        }
        compile_ = partial(_compile_row_list, self._executor, sources, details, field)
        if compile_(None) is None:
            return None
        serialize = _RowListSerializer(field.column_order, compile_).serialize
        return f"{self.name_of(serialize)}({source.variable}.{field.rows_path})"

    def _value(self, type_: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        """Return the source that serializes a value, null included."""
        name = source if source.isidentifier() else f"v{next(self._numbers)}"
        self.has_variables = self.has_variables or name != source
        bound = source if source == name else f"({name} := {source})"
        inner, required = _nullable(type_)
        if is_leaf_type(inner):
            return self._leaf(inner, required=required).format(bound=bound, name=name)
        if required:
            return self._non_null(inner, details, source, name)
        value = self._non_null(inner, details, name, name)
        return None if value is None else f"(None if {bound} is None else {value})"

    def _leaf(self, type_: Any, *, required: bool) -> str:
        if (type_.name, required) not in self._leaves:
            self._leaves[type_.name, required] = leaf_template(type_, self.name_of, nullable=not required)
        return self._leaves[type_.name, required]

    def _non_null(self, type_: Any, details: FieldDetailsList, source: str, name: str) -> str | None:
        """Return the source that serializes a value other than null."""
        if is_list_type(type_):
            return self._list(type_.of_type, details, source)
        by_class = self._serializers(type_, details)
        if by_class is None:
            return None
        if not is_abstract_type(type_):
            return f"{self.name_of(next(iter(by_class.values())))}({source})"
        bound = source if source == name else f"({name} := {source})"
        return f"{self.name_of(by_class)}[{bound}.__class__]({name})"

    def _list(self, of_type: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        item = f"i{next(self._numbers)}"
        value = self._value(of_type, details, item)
        return None if value is None else f"[{value} for {item} in {self.name_of(_list_items)}({source})]"

    def _serializers(self, type_: Any, details: FieldDetailsList) -> dict[type, Serialize] | None:
        """Return the serializers of the possible classes; None unless all fields of each are covered."""
        if is_abstract_type(type_) and has_own_resolve_type(type_):
            return None
        possible = self._executor.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        by_class: dict[type, Serialize] = {}
        for each in possible:
            class_, serializer = declaring_class(each), compile_serializer(self._executor, each, details)
            if class_ is None or class_ in by_class or serializer is None or serializer.remaining:
                return None
            by_class[class_] = serializer.serialize
        return by_class


class _RowListSerializer(dict[Columns | None, SerializeRows]):
    """Serializes lists of rows; its functions, by the rows' columns, are compiled at first use."""

    def __init__(
        self,
        column_order: Callable[[Any], Columns | None],
        compile_: Callable[[Columns | None], SerializeRows | None],
    ) -> None:
        super().__init__()
        self._column_order = column_order
        self._compile = compile_

    def __missing__(self, columns: Columns | None) -> SerializeRows:
        self[columns] = self._compile(columns) or fall_back
        return self[columns]

    def serialize(self, rows: Sequence[Any]) -> list[Any]:
        """Serialize rows, which all come from one statement."""
        return self[self._column_order(rows[0])](rows) if rows else []


def _compile_row_list(
    executor: Executor[Any],
    sources: Mapping[Any, ObjectSource],
    details: FieldDetailsList,
    field: RowListField,
    columns: Columns | None,
) -> SerializeRows | None:
    """Compile the function for rows with these columns; None unless it covers each selected field of each type."""
    expression, objects = Expression(executor), {}
    for type_, source in sources.items():
        items, remaining = expression.object_items(type_, details, replace(source, columns=columns))
        if remaining:
            return None
        objects[source.type] = f"{{{', '.join(items)}}}"
    variables = "r" if columns is None else ", ".join(column_variables(columns))
    body, by = next(iter(objects.values())), ObjectSource(object, "r", "", columns).column(field.by or "")
    if len({*objects.values()}) > 1:
        functions = {
            type_: evaluate(f"lambda {variables}: {each}", expression.names) for type_, each in objects.items()
        }
        by_value = expression.name_of({value: functions[type_] for value, type_ in field.types.items()})
        body = f"{by_value}[{by}]({variables})"
    elif expression.has_variables:  # in a comprehension they would be those of the function around it
        body = f"{expression.name_of(evaluate(f'lambda {variables}: {body}', expression.names))}({variables})"
    if field.by is not None:
        known = expression.name_of(frozenset(field.types))
        body = f"({body} if {by} in {known} else {expression.name_of(fall_back)}({by}))"
    serialize: SerializeRows = evaluate(f"lambda rows: [{body} for {variables} in rows]", expression.names)
    return serialize


def _is_special(details: Any) -> bool:
    """Whether a field is deferred, has a fragment's variables, or directives other than `@skip` and `@include`."""
    directives = {directive.name.value for directive in details.node.directives or ()}
    return bool(details.defer_usage or details.fragment_variable_values or directives - CONDITION_DIRECTIVES)


def _nullable(type_: Any) -> tuple[Any, bool]:
    """Return the type without `!`, and whether it had one."""
    return (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)


def _list_items(value: Any) -> Any:
    """Return the items of a list or tuple; other iterables may be readable once only, and are left to graphql-core."""
    return value if value.__class__ is list or value.__class__ is tuple else fall_back(value)


def _are_equal(known: Any, value: Any) -> bool:
    """Whether two look-ups are equal: each kind of row has the same ones."""
    return known.__class__ is dict and value.__class__ is dict and known == value
