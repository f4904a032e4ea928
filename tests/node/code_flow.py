"""Sign-in at an OpenID provider with the authorization code flow and PKCE."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.waiting import HANG_TIMEOUT_S

REDIRECT = "http://127.0.0.1:1/signed-in"


@dataclass(frozen=True)
class Tokens:
    """Tokens that the provider issued to the client."""

    access: str
    identity: str


async def sign_in(issuer: str, login: str, audience: str) -> Tokens:
    """Sign in, consent, receive the code, and exchange it for tokens."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    request = {
        "client_id": "desk",
        "response_type": "code",
        "scope": "openid email desk",
        "resource": audience,
        "redirect_uri": REDIRECT,
        "state": secrets.token_urlsafe(),
        "nonce": secrets.token_urlsafe(),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    async with httpx.AsyncClient(base_url=issuer, trust_env=False, timeout=HANG_TIMEOUT_S) as http:
        metadata = (await http.get("/.well-known/openid-configuration")).json()
        page = await _follow(http, await http.get(metadata["authorization_endpoint"], params=request))
        for form in ({"prompt": "login", "login": login, "password": "any"}, {"prompt": "consent"}):
            page = await _follow(http, await http.post(_action(page), data=form))
        callback = parse_qs(urlsplit(page.headers["Location"]).query)
        assert callback["state"] == [request["state"]]
        change = {"grant_type": "authorization_code", "client_id": "desk", "redirect_uri": REDIRECT}
        change |= {"code": callback["code"][0], "code_verifier": verifier, "resource": audience}
        tokens = (await http.post(metadata["token_endpoint"], data=change)).json()
    assert tokens["token_type"] == "Bearer", tokens
    return Tokens(tokens["access_token"], tokens["id_token"])


async def _follow(http: httpx.AsyncClient, response: httpx.Response) -> httpx.Response:
    """Follow redirects until a page of the provider or the redirect URI of the client."""
    while response.is_redirect and not response.headers["Location"].startswith(REDIRECT):
        response = await http.get(response.url.join(response.headers["Location"]))
    assert response.is_redirect or response.is_success, response.text
    return response


def _action(page: httpx.Response) -> str:
    match = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert match, page.text
    return str(page.url.join(match[1]))
