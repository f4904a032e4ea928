"""`/metrics` on the API's port, for the token of Prometheus only."""

import asyncio
from hmac import compare_digest
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from osit_graphql.services.auth.opaque_tokens import digest

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

METRICS_PATH = "/metrics"


def metrics_route(token: str, metrics: "Metrics") -> Route:
    """Return the route. Without the token it answers 401; the comparison takes the same time for every token."""
    expected = digest(token)

    async def respond(request: Request) -> Response:
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(digest(sent.strip()), expected):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        body = await asyncio.to_thread(metrics.render)  # the sums of many workers take milliseconds
        return Response(body, headers={"Content-Type": metrics.content_type})

    return Route(METRICS_PATH, respond)
