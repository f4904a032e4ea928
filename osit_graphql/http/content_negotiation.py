"""Content negotiation: the media type of the response, and the check of the request's Content-Type."""

from functools import lru_cache

from osit_graphql.http.errors import NotAcceptable, UnsupportedMediaType
from osit_graphql.i18n import read_weight

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
COMMON_JSON_TYPES = {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
MAX_ACCEPT_CHARACTERS = 2_000
MAX_CACHED_HEADERS = 256
EXACT_MATCH = 3  # specificity of a media range: exact type, `application/*`, `*/*`


def choose_media_type(accept: bytes) -> str:
    """Return the media type with the higher weight. For equal weights, the one named in the header, else JSON.

    Raises `NotAcceptable`.
    """
    return _choose_media_type(accept[:MAX_ACCEPT_CHARACTERS])


@lru_cache(MAX_CACHED_HEADERS)
def _choose_media_type(header: bytes) -> str:
    accept = header.decode("latin-1")
    if not accept.strip():
        return JSON
    (graphql, is_named), (json, _) = _weight(accept, GRAPHQL), _weight(accept, JSON)
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
