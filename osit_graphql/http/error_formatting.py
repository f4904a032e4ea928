"""GraphQL errors in a response: a code and a translated message, without Python's wording."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLSyntaxError

from osit_graphql.api.error_classification import find_refusal, find_server_error, is_invalid_input
from osit_graphql.domain.errors import RequestError, Throttled
from osit_graphql.i18n import Language, translate

MAX_DETAIL_CHARACTERS = 500
INTERNAL_ERROR_CODE = "INTERNAL_SERVER_ERROR"

NOT_PARSED = "The document can't be read: {detail}"
NOT_VALID = "The request is not valid: {detail}"
BAD_VALUE = "This value is not valid."
NULL_VALUE = "One of the values of this field's arguments is null and can't be."
INTERNAL_ERROR = "Internal error. The operators of the service find its details under this request ID: {request_id}"


class ErrorContext(NamedTuple):
    """The language of error messages, and the request id that they mention."""

    language: Language
    request_id: str


def format_request_error(error: RequestError, context: ErrorContext) -> dict[str, Any]:
    """Format an error without a location in the document."""
    extensions: dict[str, Any] = {"code": error.code}
    if error.argument:
        extensions["argument"] = list(error.argument)
    if isinstance(error, Throttled):
        extensions["retryAfter"] = error.after
    return {"message": translate(error.sentence, error.parameters, context.language), "extensions": extensions}


def format_internal_error(context: ErrorContext) -> dict[str, Any]:
    """Format an error of the server. Its details are only in the log, under the request id."""
    return {
        "message": translate(INTERNAL_ERROR, {"request_id": context.request_id}, context.language),
        "extensions": {"code": INTERNAL_ERROR_CODE, "requestId": context.request_id},
    }


def format_errors(errors: Iterable[GraphQLError], context: ErrorContext) -> list[dict[str, Any]]:
    """Format the `errors` of a response."""
    return [_format_error(error, context) for error in errors]


def _format_error(error: GraphQLError, context: ErrorContext) -> dict[str, Any]:
    formatted = _message_and_code(error, context)
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    return formatted


def _message_and_code(error: GraphQLError, context: ErrorContext) -> dict[str, Any]:
    if request_error := find_refusal(error):
        return format_request_error(request_error, context)
    if find_server_error(error):
        return format_internal_error(context)
    code, sentence, detail = _classify_client_error(error)
    parameters: Mapping[str, object] = {"detail": detail[:MAX_DETAIL_CHARACTERS]}
    return {"message": translate(sentence, parameters, context.language), "extensions": {"code": code}}


def _classify_client_error(error: GraphQLError) -> tuple[str, str, str]:
    """Return code, message and detail (graphql-core's own text) of an error of the client."""
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", NOT_PARSED, error.description
    if error.path is not None:  # other argument errors are found before execution
        return "BAD_USER_INPUT", NULL_VALUE, ""
    if is_invalid_input(error):
        return "BAD_USER_INPUT", BAD_VALUE, ""
    return "GRAPHQL_VALIDATION_FAILED", NOT_VALID, error.message.replace("not to be None", "not to be null")
