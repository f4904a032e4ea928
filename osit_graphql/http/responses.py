"""Answers as bytes: the status that each situation has, and the headers that all have."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson

from osit_graphql.domain.errors import RequestError
from osit_graphql.http.answers import Answer, Field
from osit_graphql.http.content_negotiation import GRAPHQL, JSON
from osit_graphql.http.error_formatting import Reader, format_fault, format_refusal
from osit_graphql.http.errors import BadRequest
from osit_graphql.i18n import Language

HEADERS = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept, Accept-Language, Authorization",
    "X-Content-Type-Options": "nosniff",
}
RETRY = {"Retry-After": "1"}

# The status when nothing was executed, by the code of the first error: with the GraphQL type, and with plain JSON,
# whose older clients read a body only under a 200. `BadRequest` knows its own; what was executed is 200.
STATUS = {
    "UNAUTHENTICATED": (401, 401),
    "FORBIDDEN": (403, 403),
    "THROTTLED": (429, 429),
    "UNAVAILABLE": (503, 503),
    "TIMEOUT": (503, 503),
    "INTERNAL_SERVER_ERROR": (500, 500),
    "OPERATION_RESOLUTION_FAILURE": (400, 400),
}
NOT_EXECUTED = (400, 200)
CODE_HEADERS: Mapping[str, Mapping[str, str]] = {
    "UNAUTHENTICATED": {"WWW-Authenticate": "Bearer"},
    "THROTTLED": RETRY,
    "UNAVAILABLE": RETRY,
    "TIMEOUT": RETRY,
}


class Responder(NamedTuple):
    """Writes the answers to one request."""

    reader: Reader
    media_type: str = JSON

    def execute(self, data: Any, errors: Sequence[Mapping[str, Any]], extensions: Mapping[str, Any] | None) -> Answer:
        """What an operation gave, with or without errors on its fields."""
        body: dict[str, Any] = {"errors": errors} if errors else {}
        body["data"] = data
        if extensions:
            body["extensions"] = extensions
        return self._respond(200, body, _come_again(errors))

    def reject(self, errors: Sequence[Mapping[str, Any]]) -> Answer:
        """A request that no operation was executed for: the answer has no `data`."""
        codes = [error["extensions"]["code"] for error in errors]
        code = "INTERNAL_SERVER_ERROR" if "INTERNAL_SERVER_ERROR" in codes else codes[0]
        status, plain_status = STATUS.get(code, NOT_EXECUTED)
        return self._respond(
            status if self.media_type == GRAPHQL else plain_status,
            {"errors": errors},
            {**CODE_HEADERS.get(code, {}), **_come_again(errors)},
        )

    def refuse(self, refusal: RequestError) -> Answer:
        """One refusal is the whole answer."""
        error = format_refusal(refusal, self.reader)
        if isinstance(refusal, BadRequest):
            return self._respond(refusal.status, {"errors": [error]}, refusal.headers)
        return self.reject([error])

    def fail(self) -> Answer:
        """We broke."""
        return self.reject([format_fault(self.reader)])

    def _respond(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        content = orjson.dumps(body, option=orjson.OPT_UTC_Z)  # moments in UTC are left to it: see `scalars`
        first, last = _fields(self.reader.language, self.media_type)
        more = _encode(headers) if headers else ()
        return Answer(status, [*first, *more, (b"content-length", b"%d" % len(content)), last], content)


@cache
def _fields(language: Language, media_type: str) -> tuple[list[Field], Field]:
    """Return what every answer in this language and of this type says, and what it says of its type."""
    return _encode({**HEADERS, "Content-Language": language}), (
        b"content-type",
        f"{media_type}; charset=utf-8".encode(),
    )


def _encode(headers: Mapping[str, str]) -> list[Field]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _come_again(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """When whoever was throttled may try again, in seconds: the longest of what is said."""
    if not errors:
        return {}
    waits = [error["extensions"]["retryAfter"] for error in errors if "retryAfter" in error["extensions"]]
    return {"Retry-After": str(max(waits))} if waits else {}
