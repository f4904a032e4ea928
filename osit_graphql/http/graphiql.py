"""GraphiQL at /graphiql: the built page under a strict Content-Security-Policy, its files and its configuration."""

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from osit_graphql.http.endpoint import GRAPHQL_PATH
from osit_graphql.i18n import negotiate, translate

BUILD_DIR = Path(__file__).parent.parent / "web"

# Only files of this server, no inline code. Style elements need the nonce of the response, which web/src/nonce.ts adds
# to those that the editor creates. Style attributes are allowed: the editor positions its lines with them.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-elem 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; worker-src 'self'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NONCE_PLACEHOLDER = "OSIT_NONCE"  # as written by web/vite.config.ts
_NONCE_BYTES = 16

_NOT_BUILT = """<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>OSIT · GraphiQL</title>
<p>GraphiQL n’est pas encore construit : lancez <code>make web</code>, puis rechargez cette page.</p>
<p lang="en">GraphiQL is not built yet: run <code>make web</code>, then reload this page.</p></html>
"""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo company, which the page offers with one click; `label` describes it in English."""

    role: str
    label: str
    email: str
    password: str


def page_headers(nonce: str) -> dict[str, str]:
    """Return the security headers of the page and its files. Workers are files, so the policy binds them too."""
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
    """The built files. Their names contain a hash of their content, so browsers may cache them for a year."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Add security and cache headers to the response, including 304."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(page_headers(secrets.token_urlsafe(_NONCE_BYTES)))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    async def check_config(self) -> None:
        """Respond 404 without a build; the page itself explains what to do."""


def routes(*, demo_accounts: Sequence[DemoAccount] = (), build_dir: Path = BUILD_DIR) -> list[BaseRoute]:
    """Return /graphiql, /graphiql/config.json and /graphiql/assets; `demo_accounts` only for the demo company."""
    page = _page(build_dir / "index.html")
    return [
        Route("/graphiql", page),
        Route("/graphiql/", page),
        Route("/graphiql/config.json", _config(demo_accounts)),
        Mount("/graphiql/assets", Assets(directory=build_dir / "assets", check_dir=False)),
    ]


def _page(index: Path) -> Callable[[Request], Response]:
    def page(_request: Request) -> Response:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        headers = page_headers(nonce) | {"Cache-Control": "no-store"}
        try:
            text = index.read_text(encoding="utf-8")
        except OSError:
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
        return HTMLResponse(text.replace(_NONCE_PLACEHOLDER, nonce), headers=headers)

    return page


def _config(demo_accounts: Sequence[DemoAccount]) -> Callable[[Request], Response]:
    def config_json(request: Request) -> Response:
        language = negotiate(request.headers.get("accept-language"))
        accounts = [asdict(each) | {"label": translate(each.label, {}, language)} for each in demo_accounts]
        config = {"endpoint": GRAPHQL_PATH, "demo": {"accounts": accounts} if accounts else None}
        headers = page_headers(secrets.token_urlsafe(_NONCE_BYTES)) | {"Cache-Control": "no-store"}
        return JSONResponse(config, headers=headers)

    return config_json
