"""GraphiQL at /graphiql: the built page under a strict Content-Security-Policy, its files and its configuration."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parent.parent / "web"
ENDPOINT = "/graphql"

# Files of ours only, no inline code; style elements need the answer's nonce, which web/src/nonce.ts gives to those
# that the editor makes. Style attributes stay free: the editor places its lines and marks with them.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-elem 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; worker-src 'self'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NONCE = "OSIT_NONCE"  # what the build writes in its place (web/vite.config.ts)

_NOT_BUILT = """<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>OSIT · GraphiQL</title>
<p>GraphiQL n’est pas encore construit : lancez <code>make web</code>, puis rechargez cette page.</p></html>
"""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo company that the page offers with one click; its password is public."""

    role: str
    label: str
    email: str
    password: str


def headers(nonce: str) -> dict[str, str]:
    """Return what protects every answer of the page; the policy also binds the workers, which are files of it."""
    return {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


class Assets(StaticFiles):
    """The built files: their names hold a digest of what is in them, so a browser may keep them for good."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Add the protections and a year's keep to Starlette's answer, 304 included."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(headers(secrets.token_urlsafe(16)))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    async def check_config(self) -> None:
        """Let a missing build be 404 here: the page itself says what to do."""


def routes(*, demo_accounts: Sequence[DemoAccount] = (), built: Path = BUILT) -> list[BaseRoute]:
    """Return /graphiql, /graphiql/config.json and /graphiql/assets; `demo_accounts` only on the demo company."""
    config = {
        "endpoint": ENDPOINT,
        "demo": {"accounts": [asdict(account) for account in demo_accounts]} if demo_accounts else None,
    }
    page = _page(built / "index.html")
    return [
        Route("/graphiql", page),
        Route("/graphiql/", page),
        Route("/graphiql/config.json", _config(config)),
        Mount("/graphiql/assets", Assets(directory=built / "assets", check_dir=False)),
    ]


def _page(index: Path) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        protection = headers(nonce) | {"Cache-Control": "no-store"}
        try:
            text = index.read_text(encoding="utf-8")
        except OSError:
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=protection)
        return HTMLResponse(text.replace(_NONCE, nonce), headers=protection)

    return answer


def _config(config: Mapping[str, object]) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        return JSONResponse(config, headers=headers(secrets.token_urlsafe(16)) | {"Cache-Control": "no-store"})

    return answer
