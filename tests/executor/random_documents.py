"""Random documents of our own schema: root fields with valid arguments, and any selection below them."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from hypothesis import strategies as st

from osit_graphql.api.schema import default_schema

CORE = default_schema().core
CONDITIONS = ("", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: $no)", " @include(if: true)")
VALUES = {"yes": "true", "no": "false"}
MAX_DEPTH = 5


@st.composite
def documents(draw: st.DrawFn, roots: dict[str, str]) -> str:
    """Draw a query of some root fields; `roots` has the arguments of each."""
    names = draw(st.lists(st.sampled_from(sorted(roots)), min_size=1, max_size=3))
    query = CORE.query_type
    assert query is not None
    fields = [f"r{n}: {name}{roots[name]} {_selection(draw, query.fields[name], 1)}" for n, name in enumerate(names)]
    body = " ".join(fields)
    declared = [f"${name}: Boolean = {value}" for name, value in VALUES.items() if f"${name}" in body]
    return f"query Drawn{_parenthesis(declared)} {{ {body} }}"


def _selection(draw: st.DrawFn, field: GraphQLField, depth: int) -> str:
    """Draw the selection on a field; a leaf has none."""
    type_: Any = get_named_type(field.type)
    if is_leaf_type(type_):
        return ""
    parts = ["__typename"]
    if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
        parts += _fields(draw, type_, depth)
    if isinstance(type_, (GraphQLInterfaceType, GraphQLUnionType)):
        possible = draw(st.lists(st.sampled_from(list(CORE.get_possible_types(type_))), max_size=3, unique=True))
        parts += [f"... on {each.name} {{ __typename {' '.join(_fields(draw, each, depth))} }}" for each in possible]
    return "{ " + " ".join(parts) + " }"


def _fields(draw: st.DrawFn, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
    selectable = {
        name: field
        for name, field in type_.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
        and (depth < MAX_DEPTH or is_leaf_type(get_named_type(field.type)))
    }
    names = draw(st.lists(st.sampled_from(sorted(selectable)), max_size=6, unique=True)) if selectable else []
    selections = {
        name: f"{draw(st.sampled_from(CONDITIONS))} {_selection(draw, selectable[name], depth + 1)}" for name in names
    }
    return [f"{type_.name}_{name}: {name}{selection}" for name, selection in selections.items()]


def _parenthesis(parts: list[str]) -> str:
    return f"({', '.join(parts)})" if parts else ""
