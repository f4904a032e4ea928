"""Security headers of every response; a header that the response sets itself is left as it is."""

from collections.abc import Mapping
from functools import lru_cache

from starlette.types import Scope

Header = tuple[bytes, bytes]  # name in lower case, and value

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A response of the API is no page: opened as one, it runs nothing and cannot be framed.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# One year, for this host only, without its subdomains.
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
MAX_CACHED_HEADER_SETS = 256


def encode_headers(headers: Mapping[str, str]) -> list[Header]:
    """Return headers as ASGI sends them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


HTTP_DEFAULTS = encode_headers(HEADERS)
HTTPS_DEFAULTS = encode_headers({**HEADERS, **HTTPS_HEADERS})


def add_security_headers(scope: Scope, headers: list[Header]) -> list[Header]:
    """Return the headers with the missing security headers; over TLS, which a trusted proxy ends, with HSTS."""
    names = tuple([name for name, _ in headers])
    return headers + _missing_headers(names, scope.get("scheme") == "https")


@lru_cache(MAX_CACHED_HEADER_SETS)
def _missing_headers(names: tuple[bytes, ...], https: bool) -> list[Header]:
    return [header for header in (HTTPS_DEFAULTS if https else HTTP_DEFAULTS) if header[0] not in names]
