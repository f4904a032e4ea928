"""The way to the one path that nearly all requests are for, past the router."""

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Middleware: what asks for exactly this route's path is its own at once, all else goes on.

    Starlette's router tries each route's regular expression, within two layers that turn exceptions into answers;
    the endpoint makes its own of them. It compresses by itself too, so this stands before what does it for the rest.
    """

    def __init__(self, app: ASGIApp, route: Route) -> None:
        self._app = app
        self._path = route.path
        self._to = route.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or whatever else a server sends."""
        straight = scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + self._path
        await (self._to if straight else self._app)(scope, receive, send)
