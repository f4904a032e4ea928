"""Random documents from the schema: any field with any arguments. New fields are included without a change here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from osit_graphql.api.global_ids import Kind
from osit_graphql.api.schema import build_schema
from tests.leaks.values import CURSORS, ValueGenerator

SCHEMA = build_schema().core
# Fields that do not count towards the depth: the parts of a page, and user errors.
PAGES = {"nodes", "edges", "node", "pageInfo", "userErrors"}
TYPES = {
    Kind.TICKET: "Ticket",
    Kind.USER: "User",
    Kind.SERVICE: "Service",
    Kind.APPLICATION: "Application",
    Kind.SITE: "Site",
    Kind.CAUSE: "Cause",
    Kind.MEETING: "DecisionMeeting",
    Kind.API_TOKEN: "ApiToken",
    Kind.DIRECTORY_CHANGE: "DirectoryChange",
}


def roots() -> dict[str, GraphQLObjectType]:
    """Return the root type of each root field."""
    types = [root for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type) if root]
    return {name: root for root in types for name in root.fields}


@dataclass(frozen=True)
class GeneratedQuery:
    """One operation: its root field, document and variables."""

    name: str
    document: str
    variables: dict[str, Any]
    places: dict[str, tuple[Any, str]] = field(default_factory=dict)  # each variable's type and argument

    def again(self, value_generator: ValueGenerator) -> "GeneratedQuery":
        """Return the same document with other values; an ID argument of `node` keeps its kind."""
        drawn = {
            variable: value_generator.redraw(self.variables[variable], type_, argument, self.name)
            for variable, (type_, argument) in self.places.items()
        }
        return GeneratedQuery(self.name, self.document, drawn, self.places)

    @property
    def has_figures(self) -> bool:
        """Whether the response contains reports: a technician's include work on tickets that were re-routed."""
        return "figures" in self.document or "maintenanceCosts" in self.document


@dataclass
class QueryGenerator:
    """Generates documents. `leaf`, `branch`: shares of scalar and object fields; `most`: maximum number of fields."""

    value_generator: ValueGenerator
    depth: int = 2
    leaf: float = 0.7
    branch: float = 0.12
    most: int = 80
    always: frozenset[str] = frozenset()  # arguments of the root field that are always present
    _left: int = field(default=0, init=False)
    _declared: dict[str, tuple[Any, str, Any]] = field(default_factory=dict, init=False)
    _root: str = field(default="", init=False)

    def ask(self, name: str) -> GeneratedQuery:
        """Return a document of this root field."""
        root = roots()[name]
        self._declared, self._root, self._left = {}, name, self.most
        definition = self._field(root.fields[name], name, self.depth, name)
        kind = "query" if root is SCHEMA.query_type else "mutation"
        declared = ", ".join(f"${variable}: {type_}" for variable, (type_, _, _) in self._declared.items())
        document = f"{kind} {f'({declared})' if declared else ''} {{ {definition} }}"
        values = {variable: value for variable, (_, _, value) in self._declared.items()}
        return GeneratedQuery(name, document, values, {name: where for name, (*where, _) in self._declared.items()})  # type: ignore[misc]

    def _chance(self, share: float) -> bool:
        return self.value_generator.chance.random() < share

    def _field(self, definition: GraphQLField, name: str, depth: int, shown: str) -> str:
        self._left -= 1
        arguments = ", ".join(f"{argument}: ${variable}" for argument, variable in self._arguments(definition))
        called = name if name == shown else f"{shown}: {name}"
        return f"{called}{f'({arguments})' if arguments else ''}{self._selection(definition.type, depth)}"

    def _arguments(self, definition: GraphQLField) -> Iterator[tuple[str, str]]:
        """Yield arguments, each with the variable that holds its value."""
        named = [
            name
            for name, argument in definition.args.items()
            if name == "first"
            or name in self.always
            or is_required_argument(argument)
            or (not self.always and self._chance(0.06 if name in CURSORS else 0.25))
        ]
        if "last" in named and self._chance(0.9):  # the API refuses both
            named.remove(self.value_generator.chance.choice(["first", "last"]))
        for name in named:
            type_, variable = definition.args[name].type, f"v{len(self._declared)}"
            self._declared[variable] = (type_, name, self.value_generator.draw(type_, name, self._root))
            yield name, variable

    def _selection(self, type_: Any, depth: int) -> str:
        named = get_named_type(type_)
        if is_leaf_type(named):
            return ""
        if isinstance(named, GraphQLInterfaceType):
            shared = self._fields(named, 0, {})
            return f" {{ __typename {' '.join([*shared, *self._fragments(named, depth)])} }}"
        return f" {{ __typename {' '.join(self._fields(named, depth, {}))} }}"

    def _fields(self, named: Any, depth: int, shapes: dict[str, str]) -> Iterator[str]:
        """Yield some of a type's fields, with an alias where another type's field of this name has another type."""
        for name, definition in named.fields.items():
            leaf = is_leaf_type(get_named_type(definition.type))
            likely = leaf or name in PAGES
            if (leaf or depth > 0 or name in PAGES) and self._chance(
                self.leaf if likely else self.branch * (depth + 1)
            ):
                same = shapes.setdefault(name, str(definition.type)) == str(definition.type)
                yield self._field(definition, name, depth - (not likely), name if same else f"{name}{named.name}")

    def _fragments(self, named: GraphQLInterfaceType, depth: int) -> Iterator[str]:
        kinds = [kind.name for kind in SCHEMA.get_possible_types(named)]
        ids = [value for *_, value in self._declared.values() if isinstance(value, str)]
        names = [name for kind, name in TYPES.items() if any(value.startswith(kind) for value in ids)]
        drawn = self.value_generator.chance.sample(kinds, min(len(kinds), 3))
        shapes: dict[str, str] = {}
        for kind in dict.fromkeys([*(name for name in names if name in kinds), *drawn]):
            fields = " ".join(self._fields(SCHEMA.type_map[kind], depth, shapes))
            yield f"... on {kind} {{ __typename {fields} }}"
