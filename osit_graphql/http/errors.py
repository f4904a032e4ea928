"""What the endpoint refuses by itself, with the HTTP status and the sentence of each."""

from collections.abc import Mapping
from typing import ClassVar

from osit_graphql.domain.errors import RequestError

METHODS = "GET, POST, HEAD, OPTIONS"


class BadRequest(RequestError):
    """The HTTP request isn't one that GraphQL can be read from."""

    code = "BAD_REQUEST"
    sentence = "The request can't be read."
    status: ClassVar[int] = 400
    headers: ClassVar[Mapping[str, str]] = {}


class MethodNotAllowed(BadRequest):
    """Neither GET nor POST."""

    sentence = "Send GET for queries, or POST."
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": METHODS}


class MutationOverGet(BadRequest):
    """A link that somebody follows changes nothing."""

    sentence = "A mutation is sent with POST."
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": "POST"}


class SubscriptionOverHttp(BadRequest):
    """One answer can't carry a stream."""

    sentence = "A subscription needs a WebSocket, with the sub-protocol graphql-transport-ws."


class NotAcceptable(BadRequest):
    """No type that the client takes is one that we have."""

    sentence = "The answer is application/graphql-response+json or application/json; the Accept header takes neither."
    status = 406


class BodyTooLarge(BadRequest):
    """More than anybody needs to say."""

    sentence = "The body has more than {limit} bytes."
    status = 413


class UnsupportedMediaType(BadRequest):
    """Exactly JSON: a browser must then ask before it posts for another site."""

    sentence = "The body is JSON in UTF-8: Content-Type is application/json."
    status = 415
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/json"}


class NotJson(BadRequest):
    """Bad UTF-8, NaN, lone surrogates and bottomless nesting included."""

    sentence = "The body is not valid JSON."


class NotAnObject(BadRequest):
    """A list would be a batch: there is none."""

    sentence = "The body is one JSON object, with at least « query »."


class QueryMissing(BadRequest):
    """Nothing to do."""

    sentence = "« query » is missing: it is the GraphQL document, as a string; or « documentId », its hash."


class WrongParameter(BadRequest):
    """A parameter of another type than the protocol's."""

    sentence = "« {name} » is {expected}."


class RepeatedParameter(BadRequest):
    """Two values for one name."""

    sentence = "« {name} » is given more than once."


class UnreadableUrl(BadRequest):
    """The query string isn't UTF-8."""

    sentence = "The query string is not valid UTF-8."
