"""Lookahead: the fields that the client selected below a field, so that one statement reads only these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    VariableNode,
    VariableValues,
    get_argument_values,
)

from osit_graphql.api.context import Info
from osit_graphql.api.strawberry_adapter import core_schema, field_nodes, fragments, has_variables
from osit_graphql.domain.errors import BadInput

T = TypeVar("T")


class Selection:
    """The fields that are selected on one level, through aliases and fragments too; skipped fields are absent.

    A level is read at first use, and each fragment once per level. So the work stays linear if fragments spread each
    other twice.
    """

    def __init__(self, sets: Iterable[Any], fragments: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._sets = [selection_set for selection_set in sets if selection_set is not None]
        self._fragments = fragments
        self._variables = variables
        self._constant_pages: dict[tuple[str, str], Any] = {}
        self._cache: dict[Callable[[Selection], Any], Any] = {}

    def cached(self, compute: Callable[[Selection], T]) -> T:
        """Return the result of a function of this selection, computed once per function."""
        if compute not in self._cache:
            self._cache[compute] = compute(self)
        result: T = self._cache[compute]
        return result

    def __contains__(self, name: str) -> bool:
        """Whether a field of this name is selected."""
        return name in self._fields

    def within(self, *path: str) -> Selection:
        """Return the selection of a nested field; empty when it is not selected."""
        selection = self
        for name in path:
            sets = [node.selection_set for node in selection._fields.get(name, ())]
            selection = Selection(sets, self._fragments, self._variables)
        return selection

    def prefetch(self, info: Info, field: tuple[str, str], make: Callable[[Selection, dict[str, Any]], T]) -> T | None:
        """Return what `make` returns for a field's arguments; None unless the field is selected exactly once.

        `field`: its type and name. None also when an argument is not valid: the field itself reports that. Computed
        once when the arguments contain no variables.
        """
        if field in self._constant_pages:
            constant: T | None = self._constant_pages[field]
            return constant
        nodes = self._fields.get(field[1], ())
        if len(nodes) != 1:
            return None
        type_: Any = core_schema(info.schema).type_map[field[0]]
        try:
            variables = VariableValues({}, dict(info.variable_values))
            result = make(self, get_argument_values(type_.fields[field[1]], nodes[0], variables))
        except (GraphQLError, BadInput):
            return None
        if not any(has_variables(argument.value) for argument in nodes[0].arguments or ()):
            self._constant_pages[field] = result
        return result

    def merged(self, other: Selection) -> Selection:
        """Return the fields that either selects."""
        return Selection([*self._sets, *other._sets], self._fragments, self._variables)

    @cached_property
    def _fields(self) -> dict[str, list[Any]]:
        fields: dict[str, list[Any]] = {}
        spread: set[str] = set()
        pending = list(self._sets)
        while pending:
            for node in pending.pop().selections:
                if any(self._skips(directive) for directive in node.directives or ()):
                    continue
                match node:
                    case FieldNode():
                        fields.setdefault(node.name.value, []).append(node)
                    case InlineFragmentNode():
                        pending.append(node.selection_set)
                    case FragmentSpreadNode() if node.name.value not in spread:
                        spread.add(node.name.value)
                        fragment = self._fragments[node.name.value]
                        pending.append(getattr(fragment, "definition", fragment).selection_set)
        return fields

    def _skips(self, directive: DirectiveNode) -> bool:
        name = directive.name.value
        return name in {"skip", "include"} and any(
            self._boolean(argument.value) is (name == "skip") for argument in directive.arguments or ()
        )

    def _boolean(self, node: Any) -> Any:
        match node:
            case BooleanValueNode():
                return node.value
            case VariableNode():
                return self._variables.get(node.name.value)
        return None


def selection_of(info: Info) -> Selection:
    """Return the selection of the field that is being resolved.

    The compiled executor's executions of an operation under the same conditions share it.
    """
    nodes = field_nodes(info)
    selection: Selection | None = nodes.cache.get(Selection)
    if selection is None:
        sets = [node.selection_set for node in nodes]
        selection = nodes.cache[Selection] = Selection(sets, fragments(info), nodes.conditions)
    return selection


def is_only_root_field(info: Info) -> bool:
    """Whether a root field is the operation's only one."""
    selections = info.operation.selection_set.selections
    return len(selections) == 1 and isinstance(selections[0], FieldNode)
