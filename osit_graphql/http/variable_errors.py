"""Error messages for invalid variables, by path and GraphQL type.

graphql-core shows values in Python's notation and the text of any exception of a scalar. This module checks the
variables again, in the same order, and describes the errors in GraphQL's terms.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
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

from osit_graphql.api.argument_paths import locate_variable
from osit_graphql.api.strawberry_adapter import is_one_of
from osit_graphql.domain.errors import BadInput, RequestError
from osit_graphql.domain.user_errors import Path

MAX_REPORTED_ERRORS = 5

WRONG_TYPE = "The value of {variable} is not valid: {type} is expected."
MISSING = "The value of {variable} is missing: {type} is expected."
NULL = "The value of {variable} can't be null: {type} is expected."
UNKNOWN_FIELD = "The value of {variable} has a field that {type} does not have: « {field} »."
NOT_ONE_OF = "The value of {variable} must have exactly one field of {type}, and it can't be null."
UNREADABLE = "The variables are not valid."


class Place(NamedTuple):
    """Where a value is: the name of its variable, the path of the variable's use, and the value's path from there."""

    variable: str
    use: Path
    path: Path = ()

    @property
    def argument(self) -> Path:
        """The path of the value, from the argument on."""
        return (*self.use, *self.path)

    def inner(self, name: str) -> "Place":
        """Return the place of a field's or an item's value."""
        return self._replace(path=(*self.path, name))

    def error(self, sentence: str, **parameters: object) -> BadInput:
        """Return an error about the value."""
        variable = ".".join((f"${self.variable}", *self.path))
        return BadInput(sentence, argument=self.argument, variable=variable, **parameters)


def explain_variables(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return at least one error, each located at its variable, with a `RequestError` as `original_error`.

    The `argument` of the `RequestError` is the path of the value from the argument on in which the variable is used.
    """
    errors: list[GraphQLError] = []
    try:
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            type_ = type_from_ast(schema, definition.type)
            value = variables.get(name, Undefined)
            if not is_input_type(type_) or (value is Undefined and definition.default_value):
                continue
            use = locate_variable(document, operation, name)
            value_errors = islice(_explain(value, type_, Place(name, use)), MAX_REPORTED_ERRORS - len(errors))
            errors.extend(GraphQLError(error.sentence, definition, original_error=error) for error in value_errors)
    except RecursionError:
        errors.clear()
    return errors or [GraphQLError(UNREADABLE, original_error=BadInput(UNREADABLE))]


def _explain(value: Any, type_: GraphQLInputType, place: Place) -> Iterator[RequestError]:
    if isinstance(type_, GraphQLNonNull):
        if value is Undefined or value is None:
            yield place.error(NULL if value is None else MISSING, type=type_)
            return
        type_ = type_.of_type
    if value is Undefined or value is None:
        return
    match type_:
        case GraphQLList():
            items = value if isinstance(value, list) else [value]
            for index, item in enumerate(items):
                yield from _explain(item, type_.of_type, place.inner(str(index)) if items is value else place)
        case GraphQLInputObjectType():
            yield from _explain_object(value, type_, place)
        case _:
            yield from _explain_leaf(value, type_, place)


def _explain_object(value: Any, type_: GraphQLInputObjectType, place: Place) -> Iterator[RequestError]:
    if not isinstance(value, dict):
        yield place.error(WRONG_TYPE, type=type_)
        return
    for name in value.keys() - type_.fields.keys():
        yield place.error(UNKNOWN_FIELD, type=type_, field=name[:100])
    for name, field in type_.fields.items():
        if name in value or is_required_input_field(field):
            yield from _explain(value.get(name, Undefined), field.type, place.inner(name))
    if is_one_of(type_) and [item is not None for item in value.values()] != [True]:
        yield place.error(NOT_ONE_OF, type=type_)


def _explain_leaf(value: Any, type_: GraphQLLeafType, place: Place) -> Iterator[RequestError]:
    try:
        if type_.coerce_input_value(value) is not Undefined:
            return
        error: RequestError = place.error(WRONG_TYPE, type=type_)
    except Exception as raised:  # noqa: BLE001 - whatever a scalar raises, the value is invalid
        cause = raised.original_error if isinstance(raised, GraphQLError) else raised
        error = cause if isinstance(cause, RequestError) else place.error(WRONG_TYPE, type=type_)
    error.argument = error.argument or place.argument
    yield error
