"""Errors in responses: those that the HTTP layer raises, and a code and a translated message for each error.

No message contains Python's wording, except graphql-core's about a document.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from graphql import GraphQLError, GraphQLSyntaxError

from osit_graphql.api.argument_paths import EXTENSION
from osit_graphql.api.errors import find_refusal, find_server_error, is_invalid_input
from osit_graphql.domain.errors import RequestError, Throttled, Unavailable
from osit_graphql.i18n import Language, translate

ALLOWED_METHODS = "GET, POST, HEAD, OPTIONS"
USER_CONCURRENCY = "You have {limit} requests under way already; wait for one to end."
MAX_DETAIL_CHARACTERS = 500
INTERNAL_ERROR_CODE = "INTERNAL_SERVER_ERROR"

NOT_PARSED = "The document can't be read: {detail}"
NOT_VALID = "The request is not valid: {detail}"
BAD_VALUE = "This value is not valid."
NULL_VALUE = "One of the values of this field's arguments is null and can't be."
INTERNAL_ERROR = "Internal error. The operators of the service find its details under this request ID: {request_id}"


class BadRequest(RequestError):
    """The HTTP request is no GraphQL request."""

    code = "BAD_REQUEST"
    sentence = "The request can't be read."
    status: ClassVar[int] = 400
    headers: ClassVar[Mapping[str, str]] = {}


class MethodNotAllowed(BadRequest):
    """Neither GET nor POST."""

    sentence = "Send GET for queries, or POST."
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": ALLOWED_METHODS}


class MutationOverGet(BadRequest):
    """GET is safe: following a link changes nothing."""

    sentence = "Send mutations with POST."
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": "POST"}


class SubscriptionOverHttp(BadRequest):
    """One HTTP response cannot carry a stream."""

    sentence = "A subscription needs a WebSocket, with the sub-protocol graphql-transport-ws."


class NotAcceptable(BadRequest):
    """The Accept header matches no media type of the server."""

    sentence = (
        "The response is application/graphql-response+json, application/json or text/csv; the Accept header accepts"
        " none of them."
    )
    status = 406


class BodyTooLarge(BadRequest):
    """The body is above OSIT_MAX_BODY."""

    sentence = "The body has more than {limit} bytes."
    status = 413


class LengthRequired(BadRequest):
    """A chunked body that no trusted proxy forwards: httptools turns its trailers into header fields."""

    sentence = "Send the body with a Content-Length, not in chunks."
    status = 411


class NotTabular(BadRequest):
    """`Accept: text/csv` for a query that returns no table."""

    sentence = (
        "As CSV, a query has one root field: a report, or a connection with its « nodes » or « edges ». Its rows"
        " contain no lists."
    )


class UnsupportedMediaType(BadRequest):
    """Only JSON: so a browser sends a preflight request before it posts from another site."""

    sentence = "The body must be JSON in UTF-8, with Content-Type application/json."
    status = 415
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/json"}


class NotJson(BadRequest):
    """Invalid JSON, including invalid UTF-8, NaN, lone surrogates and excessive nesting."""

    sentence = "The body is not valid JSON."


class LoneSurrogate(NotJson):
    """JSON with half of a surrogate pair, which is no character; `position` counts from 1."""

    sentence = "Character {position} of this JSON, {escape}, is half of a surrogate pair."


class NotAnObject(BadRequest):
    """The body is JSON, but no object; batches (a list) are not supported."""

    sentence = "The body must be one JSON object, with at least « query »."


class QueryMissing(BadRequest):
    """Neither a document nor the hash of one."""

    sentence = "« query » is missing: send the GraphQL document as a string, or its hash as « documentId »."


class WrongParameter(BadRequest):
    """A parameter of the wrong type."""

    sentence = "« {name} » must be {expected}."


class RepeatedParameter(BadRequest):
    """One query string parameter with two values."""

    sentence = "« {name} » occurs more than once."


class UnreadableUrl(BadRequest):
    """The query string is not UTF-8."""

    sentence = "The query string is not valid UTF-8."


class Overloaded(Unavailable):
    """The process already serves OSIT_MAX_REQUESTS requests."""

    sentence = "Too many requests are under way for the moment; try again shortly."


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
    if error.extensions and EXTENSION in error.extensions:  # an argument's own path is more precise
        formatted["extensions"].setdefault(EXTENSION, error.extensions[EXTENSION])
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
