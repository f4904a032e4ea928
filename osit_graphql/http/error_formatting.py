"""GraphQL errors as they are sent: a code, a sentence in the reader's language, and nothing of Python's."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLSyntaxError

from osit_graphql.api.error_classification import find_refusal, find_server_error, is_invalid_input
from osit_graphql.domain.errors import RequestError, Throttled
from osit_graphql.i18n import Language, translate

MAX_DETAIL = 500

NOT_PARSED = "The document can't be read: {detail}"
NOT_VALID = "The request is not valid: {detail}"
BAD_VALUE = "This value is not valid."
NULL_VALUE = "One of the values of this field's arguments is null and can't be."
BROKEN = "Something went wrong on our side. Whoever runs the service finds it under this request id: {request_id}"
INTERNAL = "INTERNAL_SERVER_ERROR"


class Reader(NamedTuple):
    """Whom an error is written for."""

    language: Language
    request_id: str


def format_refusal(refusal: RequestError, reader: Reader) -> dict[str, Any]:
    """A refusal that belongs to no place in a document."""
    extensions: dict[str, Any] = {"code": refusal.code}
    if refusal.argument:
        extensions["argument"] = list(refusal.argument)
    if isinstance(refusal, Throttled):
        extensions["retryAfter"] = refusal.after
    return {"message": translate(refusal.sentence, refusal.parameters, reader.language), "extensions": extensions}


def format_fault(reader: Reader) -> dict[str, Any]:
    """What broke is in the log, under the request id, and nowhere else."""
    return {
        "message": translate(BROKEN, {"request_id": reader.request_id}, reader.language),
        "extensions": {"code": INTERNAL, "requestId": reader.request_id},
    }


def format_errors(errors: Iterable[GraphQLError], reader: Reader) -> list[dict[str, Any]]:
    """The `errors` of an answer."""
    return [_format_error(error, reader) for error in errors]


def _format_error(error: GraphQLError, reader: Reader) -> dict[str, Any]:
    formatted = _describe(error, reader)
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    return formatted


def _describe(error: GraphQLError, reader: Reader) -> dict[str, Any]:
    if refusal := find_refusal(error):
        return format_refusal(refusal, reader)
    if find_server_error(error):
        return format_fault(reader)
    code, sentence, detail = _classify(error)
    parameters: Mapping[str, object] = {"detail": detail[:MAX_DETAIL]}
    return {"message": translate(sentence, parameters, reader.language), "extensions": {"code": code}}


def _classify(error: GraphQLError) -> tuple[str, str, str]:
    """The code, the sentence and graphql-core's own words for what a client did wrong."""
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED", NOT_PARSED, error.description
    if error.path is not None:  # all else about arguments was found before anything ran
        return "BAD_USER_INPUT", NULL_VALUE, ""
    if is_invalid_input(error):
        return "BAD_USER_INPUT", BAD_VALUE, ""
    return "GRAPHQL_VALIDATION_FAILED", NOT_VALID, error.message.replace("not to be None", "not to be null")
