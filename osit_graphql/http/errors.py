"""Errors that the HTTP layer raises, each with its status and message."""

from collections.abc import Mapping
from typing import ClassVar

from osit_graphql.domain.errors import RequestError, Unavailable

ALLOWED_METHODS = "GET, POST, HEAD, OPTIONS"
USER_CONCURRENCY = "You have {limit} requests under way already; wait for one to end."


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
        "The response is application/graphql-response+json or application/json; the Accept header accepts neither."
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


class UnsupportedMediaType(BadRequest):
    """Only JSON: so a browser sends a preflight request before it posts from another site."""

    sentence = "The body must be JSON in UTF-8, with Content-Type application/json."
    status = 415
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/json"}


class NotJson(BadRequest):
    """Invalid JSON, including invalid UTF-8, NaN, lone surrogates and excessive nesting."""

    sentence = "The body is not valid JSON."


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
