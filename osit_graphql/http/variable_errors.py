"""What is wrong with the variables of a request, said without a word of Python.

graphql-core says it with the values in Python's notation and the text of whatever exception a scalar raised; this
walks the same way and says it by path and GraphQL type.
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

from osit_graphql.domain.errors import BadInput, RequestError

MAX_TOLD = 5

WRONG_TYPE = "The value of {variable} is not valid: {type} is expected."
MISSING = "The value of {variable} is missing: {type} is expected."
NULL = "The value of {variable} can't be null: {type} is expected."
UNKNOWN_FIELD = "The value of {variable} has a field that {type} does not know: « {field} »."
NOT_ONE_OF = "The value of {variable} has exactly one field of {type}, and it isn't null."
UNREADABLE = "The variables are not valid."


def explain_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """At least one error, each located at its variable, with our own refusal as `original_error`."""
    errors: list[GraphQLError] = []
    try:
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            type_ = type_from_ast(schema, definition.type)
            given = variables.get(name, Undefined)
            if not is_input_type(type_) or (given is Undefined and definition.default_value):
                continue
            refusals = islice(_explain(given, type_, f"${name}"), MAX_TOLD - len(errors))
            errors.extend(GraphQLError(refusal.sentence, definition, original_error=refusal) for refusal in refusals)
    except RecursionError:
        errors.clear()
    return errors or [GraphQLError(UNREADABLE, original_error=BadInput(UNREADABLE))]


def _explain(value: Any, type_: GraphQLInputType, where: str) -> Iterator[RequestError]:
    if isinstance(type_, GraphQLNonNull):
        if value is Undefined or value is None:
            yield BadInput(NULL if value is None else MISSING, variable=where, type=type_)
            return
        type_ = type_.of_type
    if value is Undefined or value is None:
        return
    match type_:
        case GraphQLList():
            items = value if isinstance(value, list) else [value]
            for index, item in enumerate(items):
                yield from _explain(item, type_.of_type, f"{where}.{index}" if items is value else where)
        case GraphQLInputObjectType():
            yield from _explain_object(value, type_, where)
        case _:
            yield from _explain_leaf(value, type_, where)


def _explain_object(value: Any, type_: GraphQLInputObjectType, where: str) -> Iterator[RequestError]:
    if not isinstance(value, dict):
        yield BadInput(WRONG_TYPE, variable=where, type=type_)
        return
    for name in value.keys() - type_.fields.keys():
        yield BadInput(UNKNOWN_FIELD, variable=where, type=type_, field=name[:100])
    for name, field in type_.fields.items():
        if name in value or is_required_input_field(field):
            yield from _explain(value.get(name, Undefined), field.type, f"{where}.{name}")
    if _is_one_of(type_) and [given is not None for given in value.values()] != [True]:
        yield BadInput(NOT_ONE_OF, variable=where, type=type_)


def _is_one_of(type_: GraphQLInputObjectType) -> bool:
    """Strawberry keeps `@oneOf` in its own definition, and checks it by itself."""
    return type_.is_one_of or getattr(type_.extensions.get("strawberry-definition"), "is_one_of", False)


def _explain_leaf(value: Any, type_: GraphQLLeafType, where: str) -> Iterator[RequestError]:
    try:
        if type_.coerce_input_value(value) is Undefined:
            yield BadInput(WRONG_TYPE, variable=where, type=type_)
    except RequestError as refusal:
        yield refusal
    except Exception as error:  # noqa: BLE001 - whatever a scalar raises, the value is what it couldn't read
        cause = error.original_error if isinstance(error, GraphQLError) else None
        yield cause if isinstance(cause, RequestError) else BadInput(WRONG_TYPE, variable=where, type=type_)
