"""One walk over a document: what every operation of it counts and costs, each fragment looked at once.

It runs before validation, so that what is too much is refused before anything costlier looks at it: unknown fields,
types and fragments are simply passed over, and a cycle is what validation calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from osit_graphql.api.errors import NESTING, TooComplex
from osit_graphql.api.query_cost.cost import NOTHING, Cost, Pricing, total
from osit_graphql.api.query_cost.limits import Limits, Tally
from osit_graphql.api.query_cost.multipliers import Condition, Factor, Length, Page, Searches, arguments_of, settled
from osit_graphql.api.query_cost.weights import LARGEST_PAGE, PAGE, Asked, Listed, Weights

EMPTY = Tally()
ITEMS = frozenset({"nodes", "edges"})
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection set: what was counted in it, what it costs, and for a connection's, what each item costs."""

    tally: Tally = EMPTY
    own: Cost = NOTHING
    each: Cost = NOTHING


@dataclass(frozen=True, slots=True)
class Measured:
    """An operation: what is beyond its limits, and its price for any variables."""

    refusals: tuple[TooComplex, ...]
    pricing: Pricing


def _join(parts: Iterable[Selected], directives: int = 0) -> Selected:
    found = list(parts)
    tallies = [part.tally for part in found]
    return Selected(
        Tally(
            max((tally.depth for tally in tallies), default=0),
            sum(tally.fields for tally in tallies),
            sum(tally.aliases for tally in tallies),
            sum(tally.directives for tally in tallies) + directives,
            sum(tally.width for tally in tallies),
        ),
        total(part.own for part in found),
        total(part.each for part in found),
    )


class Measuring:
    """Measures documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, weights: Weights) -> None:
        self.schema = schema
        self.limits = limits
        self.weights = weights

    def measure(self, document: DocumentNode) -> list[tuple[OperationDefinitionNode, Measured]]:
        """Return each operation with its measure. Raises `TooComplex` for what is nested beyond following."""
        walk = _Walk(self, document)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        try:
            return [(node, walk.operation(node)) for node in operations]
        except RecursionError:
            raise TooComplex(NESTING) from None

    @cached_property
    def introspected(self) -> dict[str, int]:
        """How long the lists of introspection are, on average: the schema is at hand, so it can be counted."""
        types = list(self.schema.type_map.values())
        fields = [field for type_ in types for field in getattr(type_, "fields", {}).values()]
        inputs = sum(len(getattr(type_, "fields", ())) for type_ in types if hasattr(type_, "out_type"))
        counts = {
            "types": (len(types), 1),
            "directives": (len(self.schema.directives), 1),
            "fields": (len(fields) - inputs, len(types)),
            "inputFields": (inputs, len(types)),
            "args": (sum(len(getattr(field, "args", ())) for field in fields), len(fields)),
            "enumValues": (sum(len(getattr(type_, "values", ())) for type_ in types), len(types)),
            "interfaces": (sum(len(getattr(type_, "interfaces", ())) for type_ in types), len(types)),
            "possibleTypes": (len(types), len(types)),
        }
        return {name: max(1, ceil(counted / of)) for name, (counted, of) in counts.items()}


class _Walk:
    """One document's walk; what is remembered of a fragment holds wherever it is spread."""

    def __init__(self, measuring: Measuring, document: DocumentNode) -> None:
        self._measuring = measuring
        self._weights = measuring.weights
        self._schema = measuring.schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Selected] = {}

    def operation(self, node: OperationDefinitionNode) -> Measured:
        selected = self._set(node.selection_set, self._schema.get_root_type(node.operation))
        tally = _join([selected], len(node.directives or ())).tally
        writing = node.operation is OperationType.MUTATION
        return Measured(tuple(tally.beyond(self._measuring.limits, writing=writing)), Pricing(selected.own, node))

    def _set(self, selections: SelectionSetNode, parent: Any, *, within: bool = False) -> Selected:
        return _join([self._selection(node, parent, within) for node in selections.selections])

    def _selection(self, node: Any, parent: Any, within: bool) -> Selected:
        match node:
            case FieldNode():
                found = self._field(node, parent, within)
            case InlineFragmentNode():
                condition = node.type_condition
                narrowed = self._schema.get_type(condition.name.value) if condition else parent
                found = self._set(node.selection_set, narrowed, within=within)
            case _:
                found = self._fragment(node.name.value, within)
        if not node.directives:
            return found
        own, each = found.own, found.each
        for factor in _conditions(node.directives):
            own, each = own.times(factor), each.times(factor)
        tally = _join([found], len(node.directives)).tally
        return Selected(tally, own, each)

    def _fragment(self, name: str, within: bool) -> Selected:
        key = f"{name}!" if within else name
        if key not in self._known:
            self._known[key] = Selected()  # a cycle stops here
            if (fragment := self._fragments.get(name)) is not None:
                type_ = self._schema.get_type(fragment.type_condition.name.value)
                found = self._set(fragment.selection_set, type_, within=within)
                tally = _join([found], len(fragment.directives or ())).tally
                self._known[key] = Selected(tally, found.own.shared(), found.each.shared())
        return self._known[key]

    def _field(self, node: FieldNode, parent: Any, within: bool) -> Selected:
        """Count and price a field; `within` introspection the specification's own bounds hold instead of depth."""
        name = node.name.value
        within = within or name in INTROSPECTION
        field = self._schema.get_field(parent, name) if parent is not None and hasattr(parent, "fields") else None
        type_ = get_named_type(field.type) if field else None
        inner = self._set(node.selection_set, type_, within=within) if node.selection_set else Selected()
        below = inner.tally
        tally = Tally(
            depth=1 if within else below.depth + 1,
            fields=below.fields + 1,
            aliases=below.aliases + bool(node.alias),
            directives=below.directives,
            width=1,
        )
        if field is None or type_ is None:
            return Selected(tally, total([Cost(1), inner.own]))
        return self._price(node, parent, type_, field.type, inner, tally)

    def _price(
        self, node: FieldNode, parent: GraphQLNamedType, type_: Any, full: Any, inner: Selected, tally: Tally
    ) -> Selected:
        place = f"{parent.name}.{node.name.value}"
        extra = self._extra(node, place, parent)
        if is_leaf_type(type_):
            return Selected(tally, extra)
        if is_connection(type_):
            return Selected(
                tally, total([Cost(1), extra, inner.own, inner.each.times(_page(node, PAGE, LARGEST_PAGE))])
            )
        cost = total([Cost(int(place != "__Type.ofType")), inner.own])
        if is_connection(parent) and node.name.value in ITEMS:
            return Selected(tally, extra, cost)
        if isinstance(get_nullable_type(full), GraphQLList):
            cost = cost.times(self._size(node, place))
        return Selected(tally, total([extra, cost]))

    def _extra(self, node: FieldNode, place: str, parent: GraphQLNamedType) -> Cost:
        weights = self._weights
        points = weights.extras.get(place, 0)
        if parent is self._schema.mutation_type:
            points += weights.mutation
        if (argument := weights.searches.get(place)) is None:
            return Cost(extras=points) if points else NOTHING
        value = arguments_of(node).get(argument)
        return total([Cost(extras=points), Cost(extras=weights.search).times(settled(Searches(value), value))])

    def _size(self, node: FieldNode, place: str) -> Factor | int:
        if place.startswith("__"):
            return self._measuring.introspected.get(node.name.value, 1)
        match self._weights.sizes.get(place, self._weights.size):
            case Asked(default, most):
                return _page(node, default, most)
            case Listed(argument, most):
                value = arguments_of(node).get(argument)
                return settled(Length(value, most), value)
            case size:
                return size


def is_connection(type_: Any) -> bool:
    """Whether a type is a page of a list: its `nodes` and `edges` are as many as the page is long."""
    return getattr(type_, "fields", {}).keys() >= ITEMS


def _page(node: FieldNode, default: int, most: int) -> Factor | int:
    given = arguments_of(node)
    nodes = tuple(given[name] for name in ("last", "first") if name in given)
    return settled(Page(nodes, default, most), *nodes)


def _conditions(directives: Sequence[Any]) -> Iterable[Factor | int]:
    for directive in directives:
        if directive.name.value in {"skip", "include"}:
            value = arguments_of(directive).get("if")
            yield settled(Condition(value, directive.name.value == "include"), value)
