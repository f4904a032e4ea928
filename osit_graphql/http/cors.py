"""Which other sites' pages may call from a browser: those that are listed, without cookies, which OSIT has none of."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from osit_graphql.http.request_logging import COST_HEADER, HEADER

METHODS = ("GET", "POST", "HEAD")
# What our clients send beside what a browser sends unasked; Apollo's own are on by default.
SENT = (
    "Authorization",
    HEADER,
    COST_HEADER,
    "GraphQL-Require-Preflight",
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
)
READ = (
    HEADER,
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)
KEPT = 7200  # seconds that a browser may keep an answer to its question: no browser keeps longer


def cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """Return the middleware for these origins; none without any, and browsers then refuse by themselves."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=tuple(origins),
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=READ,
            allow_credentials=False,
            max_age=KEPT,
        )
    ]
