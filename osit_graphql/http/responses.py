"""HTTP responses to GraphQL requests: the status of each error code, and the headers of every response."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive, Scope, Send

from osit_graphql.domain.errors import RequestError
from osit_graphql.http.errors import BadRequest, ErrorContext, format_internal_error, format_request_error
from osit_graphql.http.request import CSV, GRAPHQL, JSON
from osit_graphql.i18n import Language

Header = tuple[bytes, bytes]  # name in lower case, and value

HEADERS = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept, Accept-Language, Authorization",
    "X-Content-Type-Options": "nosniff",
}
RETRY_AFTER_1_S = {"Retry-After": "1"}

# The status of a request without an executed operation, by the code of its first error. Any other code is 400; with
# plain JSON it is 200, because older clients read a body only then. `BadRequest` has a status of its own.
STATUS_BY_CODE = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "THROTTLED": 429,
    "UNAVAILABLE": 503,
    "TIMEOUT": 503,
    "INTERNAL_SERVER_ERROR": 500,
    "OPERATION_RESOLUTION_FAILURE": 400,
}
HEADERS_BY_CODE: Mapping[str, Mapping[str, str]] = {
    "UNAUTHENTICATED": {"WWW-Authenticate": "Bearer"},
    "THROTTLED": RETRY_AFTER_1_S,
    "UNAVAILABLE": RETRY_AFTER_1_S,
    "TIMEOUT": RETRY_AFTER_1_S,
}


class GraphQLResponse:
    """Status, headers and body of one response; an ASGI application that sends them.

    Starlette's `Response` encodes its headers for each response; these are encoded once per language and media type.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[Header], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def encode_headers(headers: Mapping[str, str]) -> list[Header]:
    """Return headers as ASGI sends them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


class ResponseBuilder(NamedTuple):
    """Builds the response to one request."""

    context: ErrorContext
    media_type: str = JSON

    def result(
        self, data: Any, errors: Sequence[Mapping[str, Any]], extensions: Mapping[str, Any] | None
    ) -> GraphQLResponse:
        """Return the response of an executed operation, with the errors of its fields."""
        body: dict[str, Any] = {"errors": errors} if errors else {}
        body["data"] = data
        if extensions:
            body["extensions"] = extensions
        return self._build(200, body, _retry_after(errors))

    def csv(self, name: str, content: bytes) -> GraphQLResponse:
        """Return a file of comma-separated values."""
        disposition = f'attachment; filename="{name}.csv"'
        common, _ = _common_headers(self.context.language, self.media_type)
        headers = encode_headers(
            {
                "Content-Type": f"{CSV}; charset=utf-8; header=present",
                "Content-Length": str(len(content)),
                "Content-Disposition": disposition,
            }
        )
        return GraphQLResponse(200, [*common, *headers], content)

    def not_executed(self, errors: Sequence[Mapping[str, Any]]) -> GraphQLResponse:
        """Return the response to a request without an executed operation: `errors` and no `data`."""
        codes = [error["extensions"]["code"] for error in errors]
        code = "INTERNAL_SERVER_ERROR" if "INTERNAL_SERVER_ERROR" in codes else codes[0]
        status = STATUS_BY_CODE.get(code, 400 if self.media_type == GRAPHQL else 200)
        return self._build(status, {"errors": errors}, {**HEADERS_BY_CODE.get(code, {}), **_retry_after(errors)})

    def request_error(self, error: RequestError) -> GraphQLResponse:
        """Return the response for one error that refuses the request."""
        formatted = format_request_error(error, self.context)
        if isinstance(error, BadRequest):
            return self._build(error.status, {"errors": [formatted]}, error.headers)
        return self.not_executed([formatted])

    def internal_error(self) -> GraphQLResponse:
        """Return the response for an error of the server: the request id, and no detail."""
        return self.not_executed([format_internal_error(self.context)])

    def _build(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> GraphQLResponse:
        content = orjson.dumps(body, option=orjson.OPT_UTC_Z)  # orjson also serializes datetimes in UTC: see `scalars`
        common, content_type = _common_headers(self.context.language, self.media_type)
        extra = encode_headers(headers) if headers else ()
        length = (b"content-length", b"%d" % len(content))
        return GraphQLResponse(status, [*common, *extra, length, content_type], content)


@cache
def _common_headers(language: Language, media_type: str) -> tuple[list[Header], Header]:
    """Return the headers of every response in this language and media type, and its Content-Type."""
    content_type = f"{media_type}; charset=utf-8".encode()
    return encode_headers({**HEADERS, "Content-Language": language}), (b"content-type", content_type)


def _retry_after(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return Retry-After with the longest `retryAfter` of the errors, in seconds."""
    if not errors:
        return {}
    waits = [error["extensions"]["retryAfter"] for error in errors if "retryAfter" in error["extensions"]]
    return {"Retry-After": str(max(waits))} if waits else {}
