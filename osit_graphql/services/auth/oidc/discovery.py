"""Fetches an issuer's JSON Web Key Set, through its OpenID Connect discovery document."""

import asyncio

import httpx

from osit_graphql.services.auth.oidc.strict_json import Members, Rejected, parse_object
from osit_graphql.settings import is_local, is_reached_safely

WELL_KNOWN_PATH = "/.well-known/openid-configuration"
FETCH_TIMEOUT_S = 5.0  # for both documents together
MAX_DOCUMENT_BYTES = 512 * 1024


async def fetch_key_set(issuer: str) -> Members:
    """Return the issuer's current key set; raises `Rejected` when it can't be fetched.

    `HTTPS_PROXY` and `SSL_CERT_FILE` apply, unless the issuer is on this machine.
    """
    local = is_local(issuer)
    try:
        async with (
            asyncio.timeout(FETCH_TIMEOUT_S),
            httpx.AsyncClient(timeout=FETCH_TIMEOUT_S, trust_env=not local) as http,
        ):
            configuration = await _fetch(http, issuer.rstrip("/") + WELL_KNOWN_PATH)
            if configuration.get("issuer") != issuer:
                raise Rejected("its configuration names another issuer")
            url = configuration.get("jwks_uri")
            if not isinstance(url, str) or not is_reached_safely(url, local=local):
                raise Rejected("its configuration has no safe address for its keys")
            return await _fetch(http, url)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as failure:
        raise Rejected(f"it does not answer ({type(failure).__name__})") from failure


async def _fetch(http: httpx.AsyncClient, url: str) -> Members:
    """Fetch a JSON object, without following redirects."""
    async with http.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise Rejected(f"it answers {response.status_code}")
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise Rejected("its document is too long")
    return parse_object(body, "its document")
