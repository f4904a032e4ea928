"""Error messages for invalid variables, by path and GraphQL type.

graphql-core shows values in Python's notation and the text of any exception of a scalar. This module checks the
variables again, in the same order, and describes the errors in GraphQL's terms.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)

from osit_graphql.api.strawberry_adapter import is_one_of
from osit_graphql.domain.errors import BadInput, RequestError

MAX_REPORTED_ERRORS = 5

WRONG_TYPE = "The value of {variable} is not valid: {type} is expected."
MISSING = "The value of {variable} is missing: {type} is expected."
NULL = "The value of {variable} can't be null: {type} is expected."
UNKNOWN_FIELD = "The value of {variable} has a field that {type} does not have: « {field} »."
NOT_ONE_OF = "The value of {variable} must have exactly one field of {type}, and it can't be null."
UNREADABLE = "The variables are not valid."


def explain_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return at least one error, each located at its variable, with a `RequestError` as `original_error`."""
    errors: list[GraphQLError] = []
    try:
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            type_ = type_from_ast(schema, definition.type)
            value = variables.get(name, Undefined)
            if not is_input_type(type_) or (value is Undefined and definition.default_value):
                continue
            value_errors = islice(_explain(value, type_, f"${name}"), MAX_REPORTED_ERRORS - len(errors))
            errors.extend(GraphQLError(error.sentence, definition, original_error=error) for error in value_errors)
    except RecursionError:
        errors.clear()
    return errors or [GraphQLError(UNREADABLE, original_error=BadInput(UNREADABLE))]


def _explain(value: Any, type_: GraphQLInputType, path: str) -> Iterator[RequestError]:
    if isinstance(type_, GraphQLNonNull):
        if value is Undefined or value is None:
            yield BadInput(NULL if value is None else MISSING, variable=path, type=type_)
            return
        type_ = type_.of_type
    if value is Undefined or value is None:
        return
    match type_:
        case GraphQLList():
            items = value if isinstance(value, list) else [value]
            for index, item in enumerate(items):
                yield from _explain(item, type_.of_type, f"{path}.{index}" if items is value else path)
        case GraphQLInputObjectType():
            yield from _explain_object(value, type_, path)
        case _:
            yield from _explain_leaf(value, type_, path)


def _explain_object(value: Any, type_: GraphQLInputObjectType, path: str) -> Iterator[RequestError]:
    if not isinstance(value, dict):
        yield BadInput(WRONG_TYPE, variable=path, type=type_)
        return
    for name in value.keys() - type_.fields.keys():
        yield BadInput(UNKNOWN_FIELD, variable=path, type=type_, field=name[:100])
    for name, field in type_.fields.items():
        if name in value or is_required_input_field(field):
            yield from _explain(value.get(name, Undefined), field.type, f"{path}.{name}")
    if is_one_of(type_) and [item is not None for item in value.values()] != [True]:
        yield BadInput(NOT_ONE_OF, variable=path, type=type_)


def _explain_leaf(value: Any, type_: GraphQLLeafType, path: str) -> Iterator[RequestError]:
    try:
        if type_.coerce_input_value(value) is Undefined:
            yield BadInput(WRONG_TYPE, variable=path, type=type_)
    except RequestError as error:
        yield error
    except Exception as error:  # noqa: BLE001 - whatever a scalar raises, the value is invalid
        cause = error.original_error if isinstance(error, GraphQLError) else None
        yield cause if isinstance(cause, RequestError) else BadInput(WRONG_TYPE, variable=path, type=type_)
