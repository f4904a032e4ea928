"""Document analysis: limits, counts and cost of each operation in one pass, each fragment analyzed once.

It runs before validation, which takes longer, so that documents above a limit are refused first. Unknown fields, types
and fragments are skipped; validation reports them, and cycles of fragments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import ceil
from typing import Any, Self

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

from osit_graphql.api.errors import (
    ALIASES,
    DEPTH,
    DIRECTIVES,
    FIELDS,
    MUTATIONS,
    NESTING,
    ROOT_FIELDS,
    TooComplex,
    too_complex,
)
from osit_graphql.api.query_cost.cost import (
    ZERO_COST,
    ArgumentPoints,
    CostFormula,
    CostTerm,
    ListLength,
    Multiplier,
    PageSize,
    SkipOrInclude,
    add_costs,
    arguments_of,
    constant_or_multiplier,
)
from osit_graphql.api.query_cost.weights import FirstArgument, ListArgument, Weights
from osit_graphql.services.queries.keyset_pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from osit_graphql.settings import Settings

MAX_COMMENTS = 100
MAX_REPORTED_ERRORS = 5
CONNECTION_FIELDS = frozenset({"nodes", "edges"})
INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of `Settings.max_…`. A page with all fields of the schema has some 400 tokens."""

    characters: int
    tokens: int
    depth: int
    fields: int
    aliases: int
    root_fields: int
    mutations: int
    directives: int
    cost: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the limits in the settings."""
        return cls(**{field.name: getattr(settings, f"max_{field.name}") for field in fields(cls)})

    @classmethod
    def default(cls) -> Self:
        """Return the default limits of the settings, without reading the environment."""
        return cls.from_settings(Settings.model_construct())

    @property
    def parse_options(self) -> dict[str, Any]:
        """The limits that graphql-core's parser enforces, by its names."""
        return {
            "max_source_length": self.characters,
            "max_lexical_tokens": self.tokens,
            "max_comments": MAX_COMMENTS,
        }


@dataclass(frozen=True, slots=True)
class SelectionCounts:
    """Counts of a selection set. Each fragment counts as often as it is spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    width: int = 0  # the fields of the top level only

    def violations(self, limits: Limits, *, is_mutation: bool) -> Iterator[TooComplex]:
        """Yield an error for each count above its limit."""
        if is_mutation:
            root_sentence, max_width = MUTATIONS, min(limits.mutations, limits.root_fields)
        else:
            root_sentence, max_width = ROOT_FIELDS, limits.root_fields
        for sentence, count, limit in (
            (DEPTH, self.depth, limits.depth),
            (FIELDS, self.fields, limits.fields),
            (ALIASES, self.aliases, limits.aliases),
            (DIRECTIVES, self.directives, limits.directives),
            (root_sentence, self.width, max_width),
        ):
            if count > limit:
                yield too_complex(sentence, count, limit)


@dataclass(frozen=True, slots=True)
class SelectionAnalysis:
    """Counts and cost of a selection set; for a connection, also the cost of each item."""

    counts: SelectionCounts = SelectionCounts()
    cost: CostTerm = ZERO_COST
    item_cost: CostTerm = ZERO_COST


@dataclass(frozen=True, slots=True)
class OperationAnalysis:
    """The limits that an operation violates, and its cost formula."""

    violations: tuple[TooComplex, ...]
    cost_formula: CostFormula


def _merge(selections: Iterable[SelectionAnalysis], directives: int = 0) -> SelectionAnalysis:
    merged = list(selections)
    counts = [selection.counts for selection in merged]
    return SelectionAnalysis(
        SelectionCounts(
            max((each.depth for each in counts), default=0),
            sum(each.fields for each in counts),
            sum(each.aliases for each in counts),
            sum(each.directives for each in counts) + directives,
            sum(each.width for each in counts),
        ),
        add_costs(selection.cost for selection in merged),
        add_costs(selection.item_cost for selection in merged),
    )


class DocumentAnalyzer:
    """Analyzes the documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, weights: Weights) -> None:
        self.schema = schema
        self.limits = limits
        self.weights = weights

    def analyze(self, document: DocumentNode) -> list[tuple[OperationDefinitionNode, OperationAnalysis]]:
        """Return each operation with its analysis. Raises `TooComplex` for a document that is nested too deeply."""
        visitor = _DocumentVisitor(self, document)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        try:
            return [(node, visitor.operation(node)) for node in operations]
        except RecursionError:
            raise TooComplex(NESTING) from None

    @cached_property
    def introspection_list_sizes(self) -> dict[str, int]:
        """The average length of each list of the introspection schema."""
        types = list(self.schema.type_map.values())
        fields = [field for type_ in types for field in getattr(type_, "fields", {}).values()]
        inputs = sum(len(getattr(type_, "fields", ())) for type_ in types if hasattr(type_, "out_type"))
        totals = {
            "types": (len(types), 1),
            "directives": (len(self.schema.directives), 1),
            "fields": (len(fields) - inputs, len(types)),
            "inputFields": (inputs, len(types)),
            "args": (sum(len(getattr(field, "args", ())) for field in fields), len(fields)),
            "enumValues": (sum(len(getattr(type_, "values", ())) for type_ in types), len(types)),
            "interfaces": (sum(len(getattr(type_, "interfaces", ())) for type_ in types), len(types)),
            "possibleTypes": (len(types), len(types)),
        }
        return {name: max(1, ceil(total / parents)) for name, (total, parents) in totals.items()}


class _DocumentVisitor:
    """One pass over a document; the analysis of a fragment is reused at each spread."""

    def __init__(self, analyzer: DocumentAnalyzer, document: DocumentNode) -> None:
        self._analyzer = analyzer
        self._weights = analyzer.weights
        self._schema = analyzer.schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._analyzed_fragments: dict[str, SelectionAnalysis] = {}

    def operation(self, node: OperationDefinitionNode) -> OperationAnalysis:
        selection = self._selection_set(node.selection_set, self._schema.get_root_type(node.operation))
        counts = _merge([selection], len(node.directives or ())).counts
        is_mutation = node.operation is OperationType.MUTATION
        violations = counts.violations(self._analyzer.limits, is_mutation=is_mutation)
        return OperationAnalysis(tuple(violations), CostFormula(selection.cost, node))

    def _selection_set(
        self, node: SelectionSetNode, parent: Any, *, in_introspection: bool = False
    ) -> SelectionAnalysis:
        return _merge([self._selection(each, parent, in_introspection) for each in node.selections])

    def _selection(self, node: Any, parent: Any, in_introspection: bool) -> SelectionAnalysis:
        match node:
            case FieldNode():
                selection = self._field(node, parent, in_introspection)
            case InlineFragmentNode():
                condition = node.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                selection = self._selection_set(node.selection_set, type_, in_introspection=in_introspection)
            case _:
                selection = self._fragment(node.name.value, in_introspection)
        if not node.directives:
            return selection
        cost, item_cost = selection.cost, selection.item_cost
        for multiplier in _skip_and_include(node.directives):
            cost, item_cost = cost.times(multiplier), item_cost.times(multiplier)
        counts = _merge([selection], len(node.directives)).counts
        return SelectionAnalysis(counts, cost, item_cost)

    def _fragment(self, name: str, in_introspection: bool) -> SelectionAnalysis:
        key = f"{name}!" if in_introspection else name
        if key not in self._analyzed_fragments:
            self._analyzed_fragments[key] = SelectionAnalysis()  # ends a cycle
            if (fragment := self._fragments.get(name)) is not None:
                type_ = self._schema.get_type(fragment.type_condition.name.value)
                selection = self._selection_set(fragment.selection_set, type_, in_introspection=in_introspection)
                counts = _merge([selection], len(fragment.directives or ())).counts
                cost, item_cost = selection.cost.as_nested(), selection.item_cost.as_nested()
                self._analyzed_fragments[key] = SelectionAnalysis(counts, cost, item_cost)
        return self._analyzed_fragments[key]

    def _field(self, node: FieldNode, parent: Any, in_introspection: bool) -> SelectionAnalysis:
        """Analyze a field. Introspection has depth limits of its own in graphql-core, and counts as one level here."""
        name = node.name.value
        in_introspection = in_introspection or name in INTROSPECTION_FIELDS
        field = self._schema.get_field(parent, name) if parent is not None and hasattr(parent, "fields") else None
        type_ = get_named_type(field.type) if field else None
        children = (
            self._selection_set(node.selection_set, type_, in_introspection=in_introspection)
            if node.selection_set
            else SelectionAnalysis()
        )
        counts = SelectionCounts(
            depth=1 if in_introspection else children.counts.depth + 1,
            fields=children.counts.fields + 1,
            aliases=children.counts.aliases + bool(node.alias),
            directives=children.counts.directives,
            width=1,
        )
        if field is None or type_ is None:
            return SelectionAnalysis(counts, add_costs([CostTerm(1), children.cost]))
        cost, item_cost = self._cost(node, parent, type_, field.type, children)
        return SelectionAnalysis(counts, cost, item_cost)

    def _cost(
        self, node: FieldNode, parent: GraphQLNamedType, type_: Any, wrapped_type: Any, children: SelectionAnalysis
    ) -> tuple[CostTerm, CostTerm]:
        """Return the cost of a field, and its cost per item if its parent is a connection."""
        coordinate = f"{parent.name}.{node.name.value}"
        extra = self._extra_points(node, coordinate, parent)
        if is_leaf_type(type_):
            return extra, ZERO_COST
        if is_connection(type_):
            items = children.item_cost.times(_page_size(node, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE))
            return add_costs([CostTerm(1), extra, children.cost, items]), ZERO_COST
        cost = add_costs([CostTerm(int(coordinate != "__Type.ofType")), children.cost])
        if is_connection(parent) and node.name.value in CONNECTION_FIELDS:
            return extra, cost
        if isinstance(get_nullable_type(wrapped_type), GraphQLList):
            cost = cost.times(self._list_size(node, coordinate))
        return add_costs([extra, cost]), ZERO_COST

    def _extra_points(self, node: FieldNode, coordinate: str, parent: GraphQLNamedType) -> CostTerm:
        weights = self._weights
        points = weights.extra_points.get(coordinate, 0)
        if parent is self._schema.mutation_type:
            points += weights.mutation_points
        if coordinate not in weights.argument_points:
            return CostTerm(extra_points=points) if points else ZERO_COST
        argument, points_of = weights.argument_points[coordinate]
        value = arguments_of(node).get(argument)
        more = CostTerm(extra_points=1).times(constant_or_multiplier(ArgumentPoints(value, points_of), value))
        return add_costs([CostTerm(extra_points=points), more])

    def _list_size(self, node: FieldNode, coordinate: str) -> Multiplier | int:
        if coordinate.startswith("__"):
            return self._analyzer.introspection_list_sizes.get(node.name.value, 1)
        match self._weights.list_sizes.get(coordinate, self._weights.default_list_size):
            case FirstArgument(default, maximum):
                return _page_size(node, default, maximum)
            case ListArgument(argument, maximum):
                value = arguments_of(node).get(argument)
                return constant_or_multiplier(ListLength(value, maximum), value)
            case size:
                return size


def is_connection(type_: Any) -> bool:
    """Whether a type is a connection: its `nodes` and `edges` have as many items as the page."""
    return getattr(type_, "fields", {}).keys() >= CONNECTION_FIELDS


def _page_size(node: FieldNode, default: int, maximum: int) -> Multiplier | int:
    arguments = arguments_of(node)
    nodes = tuple(arguments[name] for name in ("last", "first") if name in arguments)
    return constant_or_multiplier(PageSize(nodes, default, maximum), *nodes)


def _skip_and_include(directives: Sequence[Any]) -> Iterable[Multiplier | int]:
    for directive in directives:
        if directive.name.value in {"skip", "include"}:
            value = arguments_of(directive).get("if")
            yield constant_or_multiplier(SkipOrInclude(value, directive.name.value == "include"), value)
