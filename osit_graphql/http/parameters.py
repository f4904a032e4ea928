"""The four parameters of a GraphQL request, out of a query string or a JSON body."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from osit_graphql.http.content_negotiation import check_content_type
from osit_graphql.http.errors import (
    NotAnObject,
    NotJson,
    QueryMissing,
    RepeatedParameter,
    UnreadableUrl,
    WrongParameter,
)
from osit_graphql.http.persisted_documents import TrustedDocuments
from osit_graphql.http.request import Incoming

# A document by its hash: the protocol's draft, and Relay's habit. Apollo and urql say it in `extensions`.
IDENTIFIERS = ("documentId", "doc_id")
NAMES = ("query", "operationName", "variables", "extensions", *IDENTIFIERS)
MAX_FIELDS = 50


class Parameters(NamedTuple):
    """What a client asks to run."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


async def read_parameters(incoming: Incoming, body_limit: int, trusted: TrustedDocuments) -> Parameters:
    """Read a GET's query string or a POST's body of at most `body_limit` bytes.

    Raises a `BadRequest`; for a document that is asked for by its hash or must be registered, what `trusted` does.
    """
    if incoming.method == "POST":
        check_content_type(incoming.fields.get(b"content-type"), incoming.fields.get(b"content-encoding"))
        return _check(decode_json(await incoming.body(body_limit)), trusted)
    return _check(_read_query_string(incoming.scope["query_string"]), trusted)


def decode_json(text: bytes | str) -> object:
    """Raises `NotJson`, also for what only Python's own reader would take: NaN, a BOM, lone surrogates."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotJson from None


def _read_query_string(query_string: bytes) -> dict[str, object]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:  # UnicodeDecodeError is one
        raise UnreadableUrl from None
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values and name in NAMES:
            raise RepeatedParameter(name=name)
        values[name] = value
    for name in ("variables", "extensions"):
        if values.get(name):
            values[name] = _decode_parameter(name, str(values[name]))
        else:
            values.pop(name, None)
    return values


def _decode_parameter(name: str, text: str) -> object:
    try:
        return decode_json(text)
    except NotJson:
        raise WrongParameter(name=name, expected="{…}") from None


def _check(body: object, trusted: TrustedDocuments) -> Parameters:
    if not isinstance(body, dict):
        raise NotAnObject
    query = _check_text(body, "query")
    operation_name = _check_text(body, "operationName") if "operationName" in body else None
    variables = _check_map(body, "variables")
    extensions = _check_map(body, "extensions") if "extensions" in body else None
    text = trusted.find(query, None if query else _find_identifier(body, extensions))
    if text is None:
        raise QueryMissing
    return Parameters(query=text, operation_name=operation_name, variables=variables, extensions=extensions)


def _find_identifier(body: Mapping[str, object], extensions: Mapping[str, Any] | None) -> str | None:
    """Return the hash of the document, in whichever of the three forms it is given."""
    for name in IDENTIFIERS:
        if identifier := _check_text(body, name):
            return identifier
    persisted = _check_map(extensions or {}, "persistedQuery")
    return _check_text(persisted or {}, "sha256Hash")


def _check_text(body: Mapping[str, object], name: str) -> str | None:
    """Return a text that says something; an empty one is as good as none."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise WrongParameter(name=name, expected='"…" | null')
    return value or None


def _check_map(body: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise WrongParameter(name=name, expected="{…} | null")
    return value
