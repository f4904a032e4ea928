"""Cost of an operation: a formula per document, evaluated for the variables of each request.

One point is one object in the response, some 30 µs of processor time. Fields that take longer have extra points
(`weights`), which are charged for any response. Multipliers depend on variables: page sizes, list lengths, @skip and
@include, text searches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    ConstValueNode,
    DirectiveNode,
    FieldNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from osit_graphql.api.strawberry_adapter import has_variables

Variables = Mapping[str, Any]
Value = ValueNode | ConstValueNode


class Multiplier(Protocol):
    """A factor that is computed from the variables of a request."""

    def evaluate(self, variables: Variables) -> int:
        """Return the factor."""
        ...


def arguments_of(node: FieldNode | DirectiveNode) -> dict[str, Value]:
    """Return the argument values of a field or a directive by name."""
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def value_of(node: Value | None, variables: Variables) -> Any:
    """Return the Python value of an argument, None if it is absent or null."""
    if node is None:
        return None
    if isinstance(node, VariableNode):  # the usual case: constants were evaluated with the document
        return variables.get(node.name.value)
    value = value_from_ast_untyped(node, variables)  # type: ignore[arg-type]  # it only reads the mapping
    return None if value is Undefined else value


def default_values(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Return the default values of an operation's variables by name."""
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }


@dataclass(frozen=True, eq=False)
class PageSize:
    """The page size of a connection: `first` or `last`, at most `maximum`."""

    nodes: tuple[Value, ...]
    default: int
    maximum: int

    def evaluate(self, variables: Variables) -> int:
        """Return the page size. An invalid value counts as the maximum; execution refuses it."""
        for node in self.nodes:
            value = value_of(node, variables)
            if value is not None:
                is_integer = isinstance(value, int) and not isinstance(value, bool)
                return min(max(value, 0), self.maximum) if is_integer else self.maximum
        return self.default


@dataclass(frozen=True, eq=False)
class ListLength:
    """The length of a list argument."""

    node: Value | None
    maximum: int

    def evaluate(self, variables: Variables) -> int:
        """Return the length; a single value is a list of one."""
        value = value_of(self.node, variables)
        return min(len(value), self.maximum) if isinstance(value, list) else 1


@dataclass(frozen=True, eq=False)
class SkipOrInclude:
    """Zero or one, by @skip or @include."""

    node: Value | None
    includes_if: bool

    def evaluate(self, variables: Variables) -> int:
        """Return 0 only if the directive certainly excludes the selection."""
        return int(value_of(self.node, variables) is not (not self.includes_if))


@dataclass(frozen=True, eq=False)
class ArgumentPoints:
    """The extra points of an argument's value."""

    node: Value | None
    points: Callable[[Any], int]

    def evaluate(self, variables: Variables) -> int:
        """Return the points of the value as the client sent it."""
        return self.points(value_of(self.node, variables))


def constant_or_multiplier(multiplier: Multiplier, *nodes: Value | None) -> Multiplier | int:
    """Return the number itself if no argument contains a variable."""
    return multiplier if any(map(has_variables, nodes)) else multiplier.evaluate({})


@dataclass(frozen=True, slots=True, eq=False)
class CostTerm:
    """Constant objects and extra points, and nested terms with a multiplier."""

    objects: int = 0
    extra_points: int = 0
    nested: tuple[tuple[Multiplier | int, CostTerm], ...] = ()

    def times(self, multiplier: Multiplier | int) -> CostTerm:
        """Return the product."""
        if multiplier == 1 or not (self.objects or self.extra_points or self.nested):
            return self
        if isinstance(multiplier, int) and not self.nested:
            return CostTerm(self.objects * multiplier, self.extra_points * multiplier)
        return CostTerm(nested=((multiplier, self),))

    def as_nested(self) -> CostTerm:
        """Return a term that contains this one: a fragment is evaluated once, however often it is spread."""
        return CostTerm(nested=((1, self),)) if self.nested else self


ZERO_COST = CostTerm()


def add_costs(terms: Iterable[CostTerm]) -> CostTerm:
    """Return the sum."""
    objects, extra_points, nested = 0, 0, list[tuple[Multiplier | int, CostTerm]]()
    for term in terms:
        objects += term.objects
        extra_points += term.extra_points
        nested += term.nested
    return CostTerm(objects, extra_points, tuple(nested))


@dataclass(frozen=True, slots=True)
class QueryCost:
    """The estimated cost of a request: objects in its response, and extra points."""

    objects: int
    extra_points: int
    points: int = field(init=False)  # charged before execution

    def __post_init__(self) -> None:
        """Compute the points once: each request reads them several times."""
        object.__setattr__(self, "points", max(self.objects + self.extra_points, 1))

    def actual_points(self, objects: int) -> int:
        """Return the actual cost for this number of objects in the response."""
        return max(objects + self.extra_points, 1)


class CostFormula:
    """The cost of one operation for any variables."""

    def __init__(self, cost: CostTerm, operation: OperationDefinitionNode) -> None:
        self._cost = cost
        self._constant = None if cost.nested else QueryCost(cost.objects, cost.extra_points)
        self._defaults = default_values(operation)

    def evaluate(self, variables: Mapping[str, Any] | None) -> QueryCost:
        """Return the cost for these variables as the client sent them."""
        if self._constant is not None:
            return self._constant
        values = {**self._defaults, **(variables or {})} if self._defaults else variables or {}
        return QueryCost(*_evaluate(self._cost, values, {}))


def _evaluate(cost: CostTerm, variables: Variables, evaluated: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return objects and extra points; each term is evaluated once, however many terms refer to it."""
    objects, extra_points = cost.objects, cost.extra_points
    for multiplier, term in cost.nested:
        if (sums := evaluated.get(id(term))) is None:
            sums = evaluated[id(term)] = _evaluate(term, variables, evaluated)
        times = multiplier if isinstance(multiplier, int) else multiplier.evaluate(variables)
        objects += times * sums[0]
        extra_points += times * sums[1]
    return objects, extra_points
