"""Plans: the fields of an object that need no resolver, compiled into one expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from osit_graphql.api.executor.codegen_leaves import TEXTS, UnplannedError, items, leaf, names_of_members, refuse
from osit_graphql.api.executor.codegen_lists import Lists, compile_list
from osit_graphql.api.executor.places import Place, evaluate
from osit_graphql.api.executor.strawberry_metadata import attribute, chooses_by_itself, declaring_class, is_special
from osit_graphql.api.row_fields import Cell, Part, Rows, Texts, is_view, reader

if TYPE_CHECKING:
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList

Write = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to write an object: what the expression covers, and the fields that are graphql-core's."""

    write: Write
    rest: dict[str, FieldDetailsList]

    def try_to_write(self, value: Any) -> dict[str, Any] | None:
        """Return the object with a null for each of the rest, in order; None when anything is not as planned."""
        try:
            return self.write(value)
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core will meet it again, and tell it
            return None


def compile_plan(executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
    """Compile what can be written of an object's selection; None when that is nothing."""
    origin = declaring_class(type_)
    if origin is None:
        return None
    if is_view(origin):
        plain = compile_object(executor, type_, details, Place(origin, "r", ""))
        return None if plain is None else Plan(_Views(executor, type_, details, origin).write, plain.rest)
    return compile_object(executor, type_, details, Place(origin, "o"))


def compile_object(
    executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList, place: Place
) -> Plan | None:
    """Compile what can be written of it into a function of the object, or of the row."""
    expression = Expression(executor)
    try:
        pairs, rest = expression.pairs(type_, details, place)
    except UnplannedError:
        return None
    if len(rest) == len(pairs):
        return None
    body = f"{{{', '.join(pairs)}}}"
    if place.prefix is None:
        body += f" if o.__class__ is {expression.name_of(place.origin)} else {expression.name_of(refuse)}(o)"
    return Plan(evaluate(f"lambda {place.variable}: {body}", expression.names), rest)


class _Views(dict[str, Write]):
    """What writes a view's row, by the view's prefix: compiled when it is first met."""

    def __init__(
        self, executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList, origin: type
    ) -> None:
        super().__init__()
        self._of = (executor, type_, details)
        self._origin = origin

    def __missing__(self, prefix: str) -> Write:
        plan = compile_object(*self._of, Place(self._origin, "r", prefix))
        self[prefix] = plan.write if plan is not None else refuse
        return self[prefix]

    def write(self, view: Any) -> dict[str, Any]:
        """Write a view of this very class."""
        exact: Any = view.__class__
        return self[view.prefix](view.row) if exact is self._origin else refuse(view)


class Expression:
    """The source of one plan, and the values that its names stand for."""

    def __init__(self, executor: Executor[Any]) -> None:
        self.names: dict[str, Any] = {}
        self.binds = False
        """Whether it has variables of its own."""
        self._executor = executor
        self._leaves: dict[tuple[str, bool], str] = {}
        self._numbers = count()

    def name_of(self, value: Any) -> str:
        """Give a value a name in the expression, the same to the same."""
        known = next((name for name, each in self.names.items() if each is value or _alike(each, value)), None)
        name = known or f"c{next(self._numbers)}"
        self.names[name] = value
        return name

    def pairs(
        self, type_: GraphQLObjectType, details: FieldDetailsList, place: Place
    ) -> tuple[list[str], dict[str, FieldDetailsList]]:
        """Return the sources of an object's fields, and those that are graphql-core's, with a null in their place."""
        collected = self._executor.collect_subfields(type_, details)
        if collected.new_defer_usages:
            raise UnplannedError(type_)
        pairs, rest = [], {}
        for name, chosen in collected.grouped_field_set.items():
            source = self.field(type_, chosen, place)
            if source is None:
                rest[name] = chosen
            pairs.append(f"{name!r}: {source}")
        return pairs, rest

    def field(self, parent: GraphQLObjectType, details: FieldDetailsList, place: Place) -> str | None:
        """Return the source of a field's completed value; None when it is not the plan's."""
        node = details[0].node
        field = self._executor.schema.get_field(parent, node.name.value)
        if field is None or any(is_special(each) for each in details):
            return None
        if field is TypeNameMetaFieldDef:
            return repr(parent.name)
        name = attribute(field)
        if name is None:
            return None
        read = reader(place.origin, name)
        if place.prefix is None:
            planned = self._rows(field.type, details, read, place) if isinstance(read, Rows) else None
            return planned or self.value(field.type, details, f"{place.variable}.{name}")
        if isinstance(read, Cell):
            return self._cell(field.type, details, read, place)
        return self._part(field.type, details, read, place) if isinstance(read, Part) else None

    def _cell(self, type_: Any, details: FieldDetailsList, cell: Cell, place: Place) -> str | None:
        """Return the source of what a cell shows; of an enumeration's words, by one look-up."""
        inner, needed = (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)
        names = names_of_members(inner)
        if names is not None and isinstance(cell.made, Mapping):
            words = {word: names[each] for word, each in cell.made.items() if each in names}
            return f"{self.name_of(words if needed else {None: None, **words})}[{cell.raw(place)}]"
        source = cell.source(place, self.name_of)
        return (
            source if needed and inner in TEXTS and isinstance(cell.made, Texts) else self.value(type_, details, source)
        )

    def _part(self, type_: Any, details: FieldDetailsList, part: Part, place: Place) -> str | None:
        """Return the source of another view of the same row; None unless all of it is plain."""
        inner, needed = (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)
        if not isinstance(inner, GraphQLObjectType) or declaring_class(inner) is not part.type:
            return None
        pairs, rest = self.pairs(inner, details, replace(place, origin=part.type, prefix=part.prefix))
        if rest:
            return None
        absent = f"{self.name_of(refuse)}(None)" if needed else "None"
        return f"({absent} if {place.read(part.prefix + 'id')} is None else {{{', '.join(pairs)}}})"

    def _rows(self, type_: Any, details: FieldDetailsList, rows: Rows, place: Place) -> str | None:
        """Return the source of a list of views; None unless all of each is plain."""
        item: Any = get_named_type(type_)
        possible = self._executor.schema.get_possible_types(item) if is_abstract_type(item) else [item]
        origins = {each: declaring_class(each) for each in possible}
        chosen = [rows.types] if rows.by is None else rows.types.values()
        if None in origins.values() or not {*chosen} <= {*origins.values()}:
            return None
        kinds = {
            each: Place(origin, "r", "") for each, origin in origins.items() if origin and (rows.by or origin in chosen)
        }
        make = partial(compile_list, partial(Expression, self._executor), kinds, details, rows)
        return (
            None
            if make(None) is None
            else f"{self.name_of(Lists(rows.order, make).write)}({place.variable}.{rows.rows})"
        )

    def value(self, type_: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        """Return the source that completes a value; what may not be null is never found by a null."""
        name = source if source.isidentifier() else f"v{next(self._numbers)}"
        self.binds = self.binds or name != source
        bound = source if source == name else f"({name} := {source})"
        inner, needed = (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)
        if is_leaf_type(inner):
            return self._leaf(inner, needed=needed).format(bound=bound, name=name)
        if needed:
            return self._some(inner, details, source, name)
        some = self._some(inner, details, name, name)
        return None if some is None else f"(None if {bound} is None else {some})"

    def _leaf(self, type_: Any, *, needed: bool) -> str:
        if (type_.name, needed) not in self._leaves:
            self._leaves[type_.name, needed] = leaf(type_, self.name_of, nullable=not needed)
        return self._leaves[type_.name, needed]

    def _some(self, type_: Any, details: FieldDetailsList, source: str, name: str) -> str | None:
        """Return the source that completes a value which is there."""
        if is_list_type(type_):
            return self._list(type_.of_type, details, source)
        writes = self._writes(type_, details)
        if writes is None:
            return None
        if not is_abstract_type(type_):
            return f"{self.name_of(next(iter(writes.values())))}({source})"
        bound = source if source == name else f"({name} := {source})"
        return f"{self.name_of(writes)}[{bound}.__class__]({name})"

    def _list(self, of_type: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        item = f"i{next(self._numbers)}"
        inner = self.value(of_type, details, item)
        return None if inner is None else f"[{inner} for {item} in {self.name_of(items)}({source})]"

    def _writes(self, type_: Any, details: FieldDetailsList) -> dict[type, Write] | None:
        """Return how to write each class of object that may come; None unless all of it is plain."""
        schema = self._executor.schema
        possible = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        if is_abstract_type(type_) and chooses_by_itself(type_):
            return None
        writes: dict[type, Write] = {}
        for each in possible:
            origin = declaring_class(each)
            plan = compile_plan(self._executor, each, details)
            if origin is None or origin in writes or plan is None or plan.rest:
                return None
            writes[origin] = plan.write
        return writes


def _alike(known: Any, value: Any) -> bool:
    """Whether two look-ups are the same: kinds of rows have the same in the same places."""
    return known.__class__ is dict and value.__class__ is dict and known == value
