"""Multipliers of a cost that depend on variables: page sizes, list lengths, @skip and @include, text searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import ConstValueNode, DirectiveNode, FieldNode, Undefined, ValueNode, VariableNode, value_from_ast_untyped

from osit_graphql.api.strawberry_adapter import has_variables

Variables = Mapping[str, Any]
Value = ValueNode | ConstValueNode
MAX_FILTER_LEVELS = 6  # filters nest three deep, with a list at each level


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
class SearchCount:
    """The number of text searches in an argument: a string, or `search` in a filter and its nested filters."""

    node: Value | None

    def evaluate(self, variables: Variables) -> int:
        """Return the number of searches."""
        return _count_searches(value_of(self.node, variables), MAX_FILTER_LEVELS)


def _count_searches(value: Any, levels: int) -> int:
    match value:
        case str():
            return int(bool(value.strip()))
        case dict() if levels:
            nested = sum(_count_searches(value.get(name), levels - 1) for name in ("anyOf", "not"))
            return nested + int(isinstance(value.get("search"), str) and bool(value["search"].strip()))
        case list() if levels:
            return sum(_count_searches(item, levels - 1) for item in value)
    return 0


def constant_or_multiplier(multiplier: Multiplier, *nodes: Value | None) -> Multiplier | int:
    """Return the number itself if no argument contains a variable."""
    return multiplier if any(map(has_variables, nodes)) else multiplier.evaluate({})
