"""How many times something will be there, told from a request's variables: pages, lists, conditions, searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import ConstValueNode, DirectiveNode, FieldNode, Undefined, ValueNode, VariableNode, value_from_ast_untyped

Variables = Mapping[str, Any]
DEEPEST = 6  # levels of a filter that are looked into: filters nest three deep, each by way of a list


class Factor(Protocol):
    """Something that is counted when the variables are known."""

    def count(self, variables: Variables) -> int:
        """Return how many."""
        ...


def arguments_of(node: FieldNode | DirectiveNode) -> dict[str, ValueNode | ConstValueNode]:
    """Return the values of a field's or a directive's arguments as written, by name."""
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def read(node: ValueNode | ConstValueNode | None, variables: Variables) -> Any:
    """Return a value as Python sees it; None when it is absent or null."""
    if node is None:
        return None
    if isinstance(node, VariableNode):  # nearly always: what doesn't vary was read once, with the document
        return variables.get(node.name.value)
    value = value_from_ast_untyped(node, variables)  # type: ignore[arg-type]  # it only ever reads from them
    return None if value is Undefined else value


@dataclass(frozen=True, eq=False)
class Page:
    """A page: what its `first` or `last` says, what the field gives when neither is said, never more than `most`."""

    nodes: tuple[ValueNode | ConstValueNode, ...]
    default: int
    most: int

    def count(self, variables: Variables) -> int:
        """Return the size that is asked for; what can't be read counts as the largest, and is refused later."""
        for node in self.nodes:
            value = read(node, variables)
            if value is not None:
                known = isinstance(value, int) and not isinstance(value, bool)
                return min(max(value, 0), self.most) if known else self.most
        return self.default


@dataclass(frozen=True, eq=False)
class Length:
    """As many as a list argument has items."""

    node: ValueNode | ConstValueNode | None
    most: int

    def count(self, variables: Variables) -> int:
        """Return the list's length; one value stands for a list of one."""
        value = read(self.node, variables)
        return min(len(value), self.most) if isinstance(value, list) else 1


@dataclass(frozen=True, eq=False)
class Condition:
    """Once or not at all: @include and @skip."""

    node: ValueNode | ConstValueNode | None
    wanted: bool

    def count(self, variables: Variables) -> int:
        """Return 0 only when the variable surely leaves it out."""
        return int(read(self.node, variables) is not (not self.wanted))


@dataclass(frozen=True, eq=False)
class Searches:
    """How many times words are searched for in an argument: a text, or the `search` of a filter and those within."""

    node: ValueNode | ConstValueNode | None

    def count(self, variables: Variables) -> int:
        """Return the number of searches."""
        return _searches(read(self.node, variables), DEEPEST)


def _searches(value: Any, deeper: int) -> int:
    match value:
        case str():
            return int(bool(value.strip()))
        case dict() if deeper:
            inner = sum(_searches(value.get(name), deeper - 1) for name in ("anyOf", "not"))
            return inner + int(isinstance(value.get("search"), str) and bool(value["search"].strip()))
        case list() if deeper:
            return sum(_searches(item, deeper - 1) for item in value)
    return 0


def settled(factor: Factor, *nodes: ValueNode | ConstValueNode | None) -> Factor | int:
    """Return the number itself when nothing that it is told from varies."""
    return factor if any(_varies(node) for node in nodes) else factor.count({})


def _varies(node: Any) -> bool:
    if isinstance(node, VariableNode):
        return True
    within = getattr(node, "values", None) or [field.value for field in getattr(node, "fields", None) or ()]
    return any(_varies(inner) for inner in within)
