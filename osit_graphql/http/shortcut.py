"""The way to the one path that nearly all requests are for, past Starlette's layers and its router."""

from collections.abc import Coroutine, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from osit_graphql.http.request_logging import AnswerLog, RequestLog
from osit_graphql.http.security_headers import protect
from osit_graphql.http.trusted_proxies import Proxies


class Application(Starlette):
    """Starlette's, but for what asks for exactly `straight`'s path: that is served at once.

    What `TrustedProxies`, `Protection` and `RequestLog` do for all else is done for it by the last alone, with one
    look at the answer's fields. Starlette's own layers turn exceptions into answers, and its router tries each route's
    regular expression: the endpoint makes its own of them. It compresses by itself too.
    """

    def __init__(self, straight: Route, proxies: Proxies, within: Sequence[Middleware], **others: Any) -> None:
        """`within`: what else is around the endpoint, the outermost first; `others`: what Starlette takes."""
        super().__init__(**others)
        self._path = straight.path
        self._proxies = proxies
        self._straight = _log(straight.endpoint, within)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Serve one request, or whatever else a server sends."""
        if scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + self._path:
            return self._straight(self._proxies.resolve(scope), receive, send)
        return super().__call__(scope, receive, send)


def _log(endpoint: Any, within: Sequence[Middleware]) -> AnswerLog | RequestLog:
    if not within:
        return AnswerLog(endpoint.answer, protect)
    to: ASGIApp = endpoint
    for middleware in reversed(within):
        to = middleware.cls(to, *middleware.args, **middleware.kwargs)
    return RequestLog(to, finish=protect)
