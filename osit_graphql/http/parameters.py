"""The parameters of a GraphQL request, from a query string or a JSON body."""

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
from osit_graphql.http.persisted_documents import PersistedDocuments
from osit_graphql.http.request import HttpRequest

# The hash of a persisted document: in the draft of the protocol, and in Relay. Apollo and urql use `extensions`.
HASH_PARAMETERS = ("documentId", "doc_id")
PARAMETER_NAMES = ("query", "operationName", "variables", "extensions", *HASH_PARAMETERS)
MAX_QUERY_STRING_FIELDS = 50


class Parameters(NamedTuple):
    """The document to run, and its operation name, variables and extensions."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


async def read_parameters(
    request: HttpRequest, max_body_bytes: int, persisted_documents: PersistedDocuments
) -> Parameters:
    """Read the query string of a GET or the body of a POST.

    Raises a `BadRequest`, or an error of `PersistedDocuments.find`.
    """
    if request.method == "POST":
        check_content_type(request.headers.get(b"content-type"), request.headers.get(b"content-encoding"))
        return _check(parse_json(await request.body(max_body_bytes)), persisted_documents)
    return _check(_parse_query_string(request.scope["query_string"]), persisted_documents)


def parse_json(text: bytes | str) -> object:
    """Parse JSON. Raises `NotJson`, also for NaN, a byte order mark and lone surrogates, which `json` accepts."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotJson from None


def _parse_query_string(query_string: bytes) -> dict[str, object]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_QUERY_STRING_FIELDS,
        )
    except ValueError:  # including UnicodeDecodeError
        raise UnreadableUrl from None
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values and name in PARAMETER_NAMES:
            raise RepeatedParameter(name=name)
        values[name] = value
    for name in ("variables", "extensions"):
        if values.get(name):
            values[name] = _parse_json_parameter(name, str(values[name]))
        else:
            values.pop(name, None)
    return values


def _parse_json_parameter(name: str, text: str) -> object:
    try:
        return parse_json(text)
    except NotJson:
        raise WrongParameter(name=name, expected="{…}") from None


def _check(body: object, persisted_documents: PersistedDocuments) -> Parameters:
    if not isinstance(body, dict):
        raise NotAnObject
    query = _string_or_none(body, "query")
    operation_name = _string_or_none(body, "operationName") if "operationName" in body else None
    variables = _object_or_none(body, "variables")
    extensions = _object_or_none(body, "extensions") if "extensions" in body else None
    text = persisted_documents.find(query, None if query else _document_hash(body, extensions))
    if text is None:
        raise QueryMissing
    return Parameters(query=text, operation_name=operation_name, variables=variables, extensions=extensions)


def _document_hash(body: Mapping[str, object], extensions: Mapping[str, Any] | None) -> str | None:
    """Return the hash of the persisted document, in any of its three forms."""
    for name in HASH_PARAMETERS:
        if document_hash := _string_or_none(body, name):
            return document_hash
    persisted_query = _object_or_none(extensions or {}, "persistedQuery")
    return _string_or_none(persisted_query or {}, "sha256Hash")


def _string_or_none(body: Mapping[str, object], name: str) -> str | None:
    """Return a string parameter; an empty string counts as absent."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise WrongParameter(name=name, expected='"…" | null')
    return value or None


def _object_or_none(body: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise WrongParameter(name=name, expected="{…} | null")
    return value
