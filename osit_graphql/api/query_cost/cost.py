"""Cost of an operation: a formula per document, evaluated for the variables of each request.

One point is one object in the response, some 30 µs of processor time. Fields that take longer have extra points
(`weights`), which are charged for any response.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationDefinitionNode, value_from_ast_untyped

from osit_graphql.api.query_cost.multipliers import Multiplier, Variables


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
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value
        }

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
