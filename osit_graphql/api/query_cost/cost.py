"""What an operation costs: worked out once per document, summed up for each request's variables.

A point is an object in the answer, some 30 µs of this process. What weighs more than the objects it returns has extra
points (`weights`); these stay owed whatever comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationDefinitionNode, value_from_ast_untyped

from osit_graphql.api.query_cost.multipliers import Factor, Variables


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Objects and extra points that are always there, and terms that hang on variables or are shared by many."""

    objects: int = 0
    extras: int = 0
    terms: tuple[tuple[Factor | int, Cost], ...] = ()

    def times(self, factor: Factor | int) -> Cost:
        """Return it so many times."""
        if factor == 1 or not (self.objects or self.extras or self.terms):
            return self
        if isinstance(factor, int) and not self.terms:
            return Cost(self.objects * factor, self.extras * factor)
        return Cost(terms=((factor, self),))

    def shared(self) -> Cost:
        """Return it as one term: however often a fragment is spread, it is summed up once."""
        return Cost(terms=((1, self),)) if self.terms else self


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum."""
    objects, extras, terms = 0, 0, list[tuple[Factor | int, Cost]]()
    for cost in costs:
        objects += cost.objects
        extras += cost.extras
        terms += cost.terms
    return Cost(objects, extras, tuple(terms))


@dataclass(frozen=True, slots=True)
class Price:
    """What a request may return, in objects, and what it owes besides."""

    objects: int
    extras: int
    points: int = field(init=False)  # what is charged before it runs

    def __post_init__(self) -> None:
        """Work out once what is asked for several times in each request."""
        object.__setattr__(self, "points", max(self.objects + self.extras, 1))

    def actual(self, objects: int) -> int:
        """What it cost, once it is known how many objects came back."""
        return max(objects + self.extras, 1)


class Pricing:
    """One operation's cost, ready for any variables."""

    def __init__(self, cost: Cost, operation: OperationDefinitionNode) -> None:
        self._cost = cost
        self._constant = None if cost.terms else Price(cost.objects, cost.extras)
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value
        }

    def price(self, variables: Mapping[str, Any] | None) -> Price:
        """Return the price under these variables, as the client sent them."""
        if self._constant is not None:
            return self._constant
        known = {**self._defaults, **(variables or {})} if self._defaults else variables or {}
        return Price(*_sum(self._cost, known, {}))


def _sum(cost: Cost, variables: Variables, summed: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return objects and extras; every cost is summed once, however many terms refer to it."""
    objects, extras = cost.objects, cost.extras
    for factor, inner in cost.terms:
        if (found := summed.get(id(inner))) is None:
            found = summed[id(inner)] = _sum(inner, variables, summed)
        times = factor if isinstance(factor, int) else factor.count(variables)
        objects += times * found[0]
        extras += times * found[1]
    return objects, extras


NOTHING = Cost()
