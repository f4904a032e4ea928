"""What of a field's answer is asked for, read ahead: so that one statement fetches it, and nothing else."""

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
)
from graphql.execution.values import VariableValues, get_argument_values

from osit_graphql.api.context import Info
from osit_graphql.api.executor import FieldNodes, varies
from osit_graphql.domain.errors import BadInput

T = TypeVar("T")


class Selection:
    """The fields asked for at one level, whatever their aliases and fragments; skipped ones are not in it.

    Levels are read when they are looked at, and each fragment once a level: a document of fragments that spread each
    other twice is not twice as long at every step.
    """

    def __init__(self, sets: Iterable[Any], fragments: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._sets = [chosen for chosen in sets if chosen is not None]
        self._fragments = fragments
        self._variables = variables
        self._constant: dict[tuple[str, str], Any] = {}
        self._told: dict[Callable[[Selection], Any], Any] = {}

    def tell(self, find: Callable[[Selection], T]) -> T:
        """Return what `find` makes of it, found once."""
        if find not in self._told:
            self._told[find] = find(self)
        found: T = self._told[find]
        return found

    def __contains__(self, name: str) -> bool:
        """Whether a field of this name is asked for."""
        return name in self._fields

    def within(self, *path: str) -> Selection:
        """Return the selection of a field further down, empty when it isn't asked for."""
        found = self
        for name in path:
            chosen = [node.selection_set for node in found._fields.get(name, ())]
            found = Selection(chosen, self._fragments, self._variables)
        return found

    def ahead(self, info: Info, field: tuple[str, str], make: Callable[[Selection, dict[str, Any]], T]) -> T | None:
        """Return what `make` makes of the arguments of a field that is asked for once; None when it isn't.

        None also when they are not right. `field`: its type and name. Made once when no variable is in them.
        """
        if field in self._constant:
            known: T | None = self._constant[field]
            return known
        nodes = self._fields.get(field[1], ())
        if len(nodes) != 1:
            return None
        type_: Any = info.schema._schema.type_map[field[0]]  # noqa: SLF001 - Strawberry's own view has no coercion
        try:
            variables = VariableValues({}, dict(info.variable_values))
            made = make(self, get_argument_values(type_.fields[field[1]], nodes[0], variables))
        except (GraphQLError, BadInput):
            return None  # the field itself will say so
        if not any(varies(argument.value) for argument in nodes[0].arguments or ()):
            self._constant[field] = made
        return made

    def merged(self, other: Selection) -> Selection:
        """Return what either asks for."""
        return Selection([*self._sets, *other._sets], self._fragments, self._variables)

    @cached_property
    def _fields(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        spread: set[str] = set()
        waiting = list(self._sets)
        while waiting:
            for node in waiting.pop().selections:
                if any(self._skips(directive) for directive in node.directives or ()):
                    continue
                match node:
                    case FieldNode():
                        found.setdefault(node.name.value, []).append(node)
                    case InlineFragmentNode():
                        waiting.append(node.selection_set)
                    case FragmentSpreadNode() if node.name.value not in spread:
                        spread.add(node.name.value)
                        fragment = self._fragments[node.name.value]
                        waiting.append(getattr(fragment, "definition", fragment).selection_set)
        return found

    def _skips(self, directive: DirectiveNode) -> bool:
        name = directive.name.value
        return name in {"skip", "include"} and any(
            self._truth(argument.value) is (name == "skip") for argument in directive.arguments or ()
        )

    def _truth(self, node: Any) -> Any:
        match node:
            case BooleanValueNode():
                return node.value
            case VariableNode():
                return self._variables.get(node.name.value)
        return None


def selected(info: Info) -> Selection:
    """Return what is asked for of the field being resolved; the same for every execution with these conditions."""
    raw = info._raw_info  # noqa: SLF001 - Strawberry's own view of it ignores @skip and @include
    nodes: Any = raw.field_nodes
    kept = nodes.notes if isinstance(nodes, FieldNodes) else {}
    found = kept.get(Selection)
    if found is None:
        values: Any = getattr(nodes, "conditions", raw.variable_values)
        sets = [node.selection_set for node in nodes]
        found = kept[Selection] = Selection(sets, raw.fragments, getattr(values, "coerced", values))
    return found


def is_alone(info: Info) -> bool:
    """Whether a root field is all that its operation asks for."""
    selections = info.operation.selection_set.selections
    return len(selections) == 1 and isinstance(selections[0], FieldNode)
