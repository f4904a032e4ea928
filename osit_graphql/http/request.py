"""Reads one GraphQL request: headers, media types, body, parameters, and the text of a persisted document."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from osit_graphql.api.errors import DocumentUnknown, DocumentUntrusted
from osit_graphql.http.errors import (
    BodyTooLarge,
    LoneSurrogate,
    NotAcceptable,
    NotAnObject,
    NotJson,
    QueryMissing,
    RepeatedParameter,
    UnreadableUrl,
    UnsupportedMediaType,
    WrongParameter,
)
from osit_graphql.i18n import read_weight

COST_HEADER = "X-Query-Cost"  # requests `extensions.cost`
HEADERS_KEY = "osit.headers"  # of the ASGI scope
MAX_LENGTH_DIGITS = 20  # of a Content-Length; a longer number is above every limit

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
CSV = "text/csv"
COMMON_JSON_TYPES = {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
MAX_ACCEPT_CHARACTERS = 2_000
MAX_CACHED_HEADERS = 256
EXACT_MATCH = 3  # specificity of a media range: exact type, `application/*`, `*/*`

# The hash of a persisted document: in the draft of the protocol, and in Relay. Apollo and urql use `extensions`.
HASH_PARAMETERS = ("documentId", "doc_id")
HASH_PREFIX = "sha256:"
PARAMETER_NAMES = ("query", "operationName", "variables", "extensions", *HASH_PARAMETERS)
MAX_QUERY_STRING_FIELDS = 50
# A surrogate pair, half of a pair, or any other escape.
SURROGATES = re.compile(
    r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u(?P<escape>[dD][89a-fA-F][0-9a-fA-F]{2})|\\.|(?P<raw>[\ud800-\udfff])"
)


def headers_by_name(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the first value of each header, by lower-case name; computed once per request."""
    headers: Mapping[bytes, bytes] | None = scope.get(HEADERS_KEY)
    if headers is None:
        headers = scope[HEADERS_KEY] = dict(reversed(list(scope["headers"])))
    return headers


def client_address(scope: Scope) -> str | None:
    """Return the client's IP address, None for a Unix socket.

    Once `RequestMiddleware` has replaced a trusted proxy's address, it is the client's; before, the peer's. No other
    code reads proxy headers.
    """
    client = scope.get("client")
    return client[0] if client else None


class HttpRequest:
    """A request as the endpoint reads it. Starlette's `Request` searches all headers for each name."""

    __slots__ = ("_receive", "headers", "method", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self._receive = receive
        self.headers = headers_by_name(scope)

    def header(self, name: bytes) -> str | None:
        """Return the value of a header by its lower-case name, None without it."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def list_header(self, name: bytes) -> bytes:
        """Return a list header, joined if it was sent in several lines."""
        lines = self.scope["headers"]
        if len(lines) == len(self.headers):
            return self.headers.get(name, b"")
        return b", ".join(value for key, value in lines if key == name)

    async def body(self, max_bytes: int) -> bytes:
        """Return the body. Raises `BodyTooLarge`, and `ClientDisconnect` if the client leaves before its end."""
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:MAX_LENGTH_DIGITS]) > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
        body, more = _read_chunk(await self._receive())
        if more:
            chunks = bytearray(body)
            while more and len(chunks) <= max_bytes:
                body, more = _read_chunk(await self._receive())
                chunks += body
            body = bytes(chunks)
        if len(body) > max_bytes:  # without a Content-Length, or with a false one
            raise BodyTooLarge(limit=max_bytes)
        return body


def _read_chunk(message: Message) -> tuple[bytes, bool]:
    """Return one chunk of the body, and whether more follow."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


@lru_cache(MAX_CACHED_HEADERS)
def choose_media_type(header: bytes) -> str:
    """Return the media type with the highest weight. For equal weights, the one named in the header, else JSON.

    CSV is for headers that name it.

    Raises `NotAcceptable`.
    """
    accept = header.decode("latin-1")
    if not accept.strip():
        return JSON
    (graphql, is_named), (json, json_is_named) = _weight(accept, GRAPHQL), _weight(accept, JSON)
    csv, csv_is_named = _weight(accept, CSV)
    if csv and csv_is_named and (csv > max(graphql, json) or (csv == max(graphql, json) and not json_is_named)):
        return CSV
    if not graphql and not json:
        raise NotAcceptable
    return GRAPHQL if graphql > json or (graphql == json and is_named) else JSON


def _weight(accept: str, media_type: str) -> tuple[float, bool]:
    """Return the weight (0 to 1) of the most specific matching media range, and whether it is the exact type."""
    best = (0, 0.0)
    for item in accept.split(","):
        media_range, _, parameters = item.partition(";")
        specificity = {media_type: EXACT_MATCH, "application/*": 2, "*/*": 1}.get(media_range.strip().lower(), 0)
        if specificity and _accepts_utf8(parameters):
            best = max(best, (specificity, read_weight(parameters)))
    specificity, weight = best
    return weight, specificity == EXACT_MATCH


def check_content_type(content_type: bytes | None, content_encoding: bytes | None) -> None:
    """Raise `UnsupportedMediaType` unless the body is uncompressed JSON in UTF-8."""
    if content_encoding is None and content_type in COMMON_JSON_TYPES:
        return
    media_type, _, parameters = (content_type or b"").decode("latin-1").partition(";")
    uncompressed = (content_encoding or b"identity").decode("latin-1").strip().lower() == "identity"
    if media_type.strip().lower() != JSON or not _accepts_utf8(parameters) or not uncompressed:
        raise UnsupportedMediaType


def _accepts_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            return False
    return True


class PersistedDocuments:
    """Persisted documents by their hashes, and whether other documents may run."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._texts = dict(texts or {})
        self._trusted_texts = frozenset(self._texts.values())
        self._only = only

    def has(self, text: str) -> bool:
        """Whether a document is registered."""
        return text in self._trusted_texts

    def find(self, query: str | None, document_hash: str | None) -> str | None:
        """Return the document to run, None without document and hash.

        Raises `DocumentUnknown` for a hash that no manifest has, and `DocumentUntrusted` for an unregistered text if
        only registered documents may run. A text with its hash, which Apollo Client sends after a miss, is a text.
        """
        if query:
            if self._only and query not in self._trusted_texts:
                raise DocumentUntrusted
            return query
        if document_hash is None:
            return None
        text = self._texts.get(document_hash.removeprefix(HASH_PREFIX))
        if text is None:
            raise DocumentUnknown
        return text


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
        return _check(_parse_json(await request.body(max_body_bytes)), persisted_documents)
    return _check(_parse_query_string(request.scope["query_string"]), persisted_documents)


def _parse_json(text: bytes | str) -> object:
    """Parse JSON. Raises `NotJson`, also for NaN, a byte order mark and lone surrogates, which `json` accepts."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        _check_surrogates(text)
        raise NotJson from None


def _check_surrogates(text: bytes | str) -> None:
    """Raise `LoneSurrogate` for the first one, written as an escape or as itself."""
    try:
        decoded = text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        return
    for match in SURROGATES.finditer(decoded):
        if lone := match["escape"] or match["raw"]:
            code = int(lone, 16) if match["escape"] else ord(lone)
            raise LoneSurrogate(position=match.start() + 1, escape=f"\\u{code:04x}") from None


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
            try:
                values[name] = _parse_json(str(values[name]))
            except LoneSurrogate:
                raise
            except NotJson:
                raise WrongParameter(name=name, expected="{…}") from None
        else:
            values.pop(name, None)
    return values


def _check(body: object, persisted_documents: PersistedDocuments) -> Parameters:
    if not isinstance(body, dict):
        raise NotAnObject
    query = _string_or_none(body, "query")
    operation_name = _string_or_none(body, "operationName")
    variables = _object_or_none(body, "variables")
    extensions = _object_or_none(body, "extensions")
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
