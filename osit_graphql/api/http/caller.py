"""Who calls, as far as HTTP knows: what a context is made from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from osit_graphql.api.messages import Language


@dataclass(frozen=True, slots=True)
class Caller:
    """One HTTP request's side of things, without anything of the web framework in it."""

    token: str | None  # the bearer token as presented; None: anonymous
    language: Language
    request_id: str
    address: str | None = None  # the peer's, as the server sees it


MakeContext = Callable[[Caller], Awaitable[object]]


def read_address(connection: HTTPConnection) -> str | None:
    """The address that a request comes from: the peer's, the only one that nobody else can write."""
    return connection.client.host if connection.client else None
