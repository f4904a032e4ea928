"""Which type of answer a client takes, and whether its body is the JSON that we take."""

from functools import lru_cache

from osit_graphql.http.errors import NotAcceptable, UnsupportedMediaType
from osit_graphql.i18n import read_weight

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
PLAIN = {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}  # what is sent
MAX_HEADER = 2_000
REMEMBERED = 256  # headers: a client sends the same one every time


def choose_media_type(accept: bytes) -> str:
    """The type to answer with; equally liked, the one that was named, and plain JSON when none was.

    Raises `NotAcceptable`.
    """
    return _choose_media_type(accept[:MAX_HEADER])


@lru_cache(REMEMBERED)
def _choose_media_type(said: bytes) -> str:
    accept = said.decode("latin-1")
    if not accept.strip():
        return JSON
    liking = {media_type: _weigh(accept, media_type) for media_type in (GRAPHQL, JSON)}
    if not any(weight for weight, _ in liking.values()):
        raise NotAcceptable
    (graphql, named), (json, _) = liking[GRAPHQL], liking[JSON]
    return GRAPHQL if graphql > json or (graphql == json and named) else JSON


def _weigh(accept: str, media_type: str) -> tuple[float, bool]:
    """How much a type is liked, from 0 to 1, by the most precise range that covers it, and whether that names it."""
    best = (0, 0.0)
    for item in accept.split(","):
        media_range, _, parameters = item.partition(";")
        precision = {media_type: 3, "application/*": 2, "*/*": 1}.get(media_range.strip().lower(), 0)
        if precision and _takes_utf8(parameters):
            best = max(best, (precision, read_weight(parameters)))
    precision, weight = best
    return weight, precision == 3  # noqa: PLR2004 - the precision given just above to a range that names the type


def check_content_type(content_type: bytes | None, content_encoding: bytes | None) -> None:
    """Raises `UnsupportedMediaType` for anything but JSON in UTF-8, uncompressed."""
    if content_encoding is None and content_type in PLAIN:
        return
    media_type, _, parameters = (content_type or b"").decode("latin-1").partition(";")
    plain = (content_encoding or b"identity").decode("latin-1").strip().lower() == "identity"
    if media_type.strip().lower() != JSON or not _takes_utf8(parameters) or not plain:
        raise UnsupportedMediaType


def _takes_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            return False
    return True
