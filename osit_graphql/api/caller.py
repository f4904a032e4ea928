"""Who calls, as far as HTTP knows: what a context is made from."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from osit_graphql.i18n import Language


class Caller(NamedTuple):
    """One HTTP request's side of things, without anything of the web framework in it."""

    token: str | None  # the bearer token as presented; None: anonymous
    language: Language
    request_id: str
    address: str | None = None  # the peer's, or what a declared proxy says of whom it speaks for
    digest: bytes = b""  # of the token, for whoever remembers tokens: none is kept


MakeContext = Callable[[Caller], Awaitable[object]]


def read_address(scope: Mapping[str, Any]) -> str | None:
    """Return the caller's address, None where there is none to know (a socket file).

    Behind `TrustedProxies` it is the caller's own; no header is to be read anywhere else for who calls.
    """
    client = scope.get("client")
    return client[0] if client else None
