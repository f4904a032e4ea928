"""An issuer's own documents, fetched: what it says of itself, and its keys."""

import asyncio

import httpx

from osit_graphql.services.auth.oidc.jwks import PublicKey, read_keys
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected, parse_object
from osit_graphql.settings import is_local, is_reached_safely

WELL_KNOWN = "/.well-known/openid-configuration"
PATIENCE = 5.0  # seconds, for both documents together
LARGEST = 512 * 1024  # bytes of a document


async def fetch_keys(issuer: str) -> tuple[PublicKey, ...]:
    """Return the issuer's keys as they are now; raise `Rejected`, with a reason, when they can't be had.

    A company's proxy and certificate authorities (`HTTPS_PROXY`, `SSL_CERT_FILE`) hold for any issuer but one on this
    machine.
    """
    local = is_local(issuer)
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE, trust_env=not local) as http:
            said = await _read(http, issuer.rstrip("/") + WELL_KNOWN)
            if said.get("issuer") != issuer:
                raise Rejected("its configuration names another issuer")
            address = said.get("jwks_uri")
            if not isinstance(address, str) or not is_reached_safely(address, local=local):
                raise Rejected("its configuration names no safe address for its keys")
            return read_keys(await _read(http, address))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as failure:
        raise Rejected(f"it does not answer ({type(failure).__name__})") from failure


async def _read(http: httpx.AsyncClient, address: str) -> Members:
    """Fetch a JSON object; a redirection is none, and leads nowhere."""
    async with http.stream("GET", address, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise Rejected(f"it answers {response.status_code}")
        read = b""
        async for piece in response.aiter_bytes():
            read += piece
            if len(read) > LARGEST:
                raise Rejected("it answers at too great length")
    return parse_object(read, "its document")
