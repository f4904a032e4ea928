"""The table of weights matches the schema: each list has a size, and each entry has its field."""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLList, get_named_type, get_nullable_type, is_leaf_type

from osit_graphql.api.query_cost.analysis import CONNECTION_FIELDS, is_connection
from osit_graphql.api.query_cost.weights import ARGUMENT_POINTS, EXTRA_POINTS, LIST_SIZES, FirstArgument, ListArgument
from osit_graphql.api.schema import default_schema


def list_fields() -> Iterator[tuple[str, Any, GraphQLField]]:
    """Yield every field of the schema by the name that the table uses."""
    for type_ in default_schema().core.type_map.values():
        if not type_.name.startswith("__") and hasattr(type_, "fields"):
            for name, field in type_.fields.items():
                if isinstance(field, GraphQLField):
                    yield f"{type_.name}.{name}", type_, field


FIELDS = {place: (parent, field) for place, parent, field in list_fields()}


def needs_size(place: str) -> bool:
    """Whether a field is a list of objects outside of connections."""
    parent, field = FIELDS[place]
    listed = isinstance(get_nullable_type(field.type), GraphQLList) and not is_leaf_type(get_named_type(field.type))
    return listed and not (is_connection(parent) and place.partition(".")[2] in CONNECTION_FIELDS)


def test_exactly_the_lists_of_objects_have_a_size() -> None:
    assert {place for place in FIELDS if needs_size(place)} == set(LIST_SIZES)


def test_every_connection_takes_first_and_last() -> None:
    connections = {place: field for place, (_, field) in FIELDS.items() if is_connection(get_named_type(field.type))}
    assert len(connections) > 5
    assert {place for place, field in connections.items() if not {"first", "last"} <= field.args.keys()} == set()


def test_sizes_depend_on_existing_arguments() -> None:
    for place, size in LIST_SIZES.items():
        args = FIELDS[place][1].args
        if isinstance(size, FirstArgument):
            assert args["first"].default_value == size.default <= size.maximum
        if isinstance(size, ListArgument):
            assert size.argument in args


def test_fields_with_extra_points_exist() -> None:
    assert EXTRA_POINTS.keys() <= FIELDS.keys()
    assert {place for place, (argument, _) in ARGUMENT_POINTS.items() if argument not in FIELDS[place][1].args} == set()


def test_every_text_search_has_extra_points() -> None:
    searching = {
        place
        for place, (_, field) in FIELDS.items()
        if "search" in field.args
        or any("search" in getattr(get_named_type(argument.type), "fields", ()) for argument in field.args.values())
    }
    assert searching == set(ARGUMENT_POINTS) - {"Query.node", "Query.nodes"}


def test_every_report_and_every_count_has_extra_points() -> None:
    counts = {place for place in FIELDS if place.endswith("Connection.totalCount")}
    assert {"Query.maintenanceCosts", "Query.recurrences", "Query.ticketFlow", *counts} <= EXTRA_POINTS.keys()
