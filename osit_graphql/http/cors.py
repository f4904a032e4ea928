"""CORS: the origins whose pages may call the API from a browser. OSIT uses no cookies, so no credentials."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from osit_graphql.http.endpoint import COST_HEADER
from osit_graphql.http.request_logging import REQUEST_ID_HEADER

METHODS = ("GET", "POST", "HEAD")
# Headers that our clients send in addition to the browser's own; Apollo's are on by default.
REQUEST_HEADERS = (
    "Authorization",
    REQUEST_ID_HEADER,
    COST_HEADER,
    "GraphQL-Require-Preflight",
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
)
RESPONSE_HEADERS = (
    REQUEST_ID_HEADER,
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)
PREFLIGHT_MAX_AGE_S = 7200  # the longest time that any browser caches a preflight response


def cors_middleware(origins: Sequence[str]) -> list[Middleware]:
    """Return the middleware for these origins; none without any, and browsers then refuse by themselves."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=tuple(origins),
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
            allow_credentials=False,
            max_age=PREFLIGHT_MAX_AGE_S,
        )
    ]
