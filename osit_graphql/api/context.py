"""The context of one operation: its viewer, language, databases and dataloaders; never an open session."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import structlog
from strawberry.types import Info as StrawberryInfo

from osit_graphql.api.dataloaders import DataLoaders
from osit_graphql.db.engine import Database, ReadInTurn, Session
from osit_graphql.domain.errors import Unauthenticated
from osit_graphql.domain.user_errors import UserError
from osit_graphql.domain.viewer import Viewer
from osit_graphql.i18n import Language, translate
from osit_graphql.services.auth import oidc
from osit_graphql.services.auth.viewer_cache import ViewerCache
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from osit_graphql.services.auth.oidc.verifier import Issuer


class Caller(NamedTuple):
    """The part of an HTTP request that a context is created from; independent of the web framework."""

    token: str | None
    """The bearer token of the request; None: anonymous."""
    language: Language
    request_id: str
    address: str | None = None
    """The client's IP address; None: a Unix socket."""
    token_digest: bytes = b""
    """The token's digest: caches use it as their key, so that none contains tokens."""


MakeContext = Callable[[Caller], Awaitable[object]]


@dataclass
class Context:
    """The context of one operation; created for each, so that operations of different viewers share nothing."""

    database: Database
    settings: Settings
    caller: Caller
    token_viewer: Viewer | None = None
    """The viewer that the request's token identifies."""
    replica: Database | None = None
    user_error_codes: set[str] = field(default_factory=set, init=False)
    """The codes of the `userErrors` in the response, for the log."""
    _viewer: Viewer | None = field(default=None, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _waits: int = field(default=0, init=False)
    _loaders: DataLoaders | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Act as the token's viewer."""
        self._viewer = self.token_viewer

    @property
    def viewer(self) -> Viewer:
        """The viewer. Raises `Unauthenticated` without a valid token."""
        if self._viewer is None:
            raise Unauthenticated
        return self._viewer

    @property
    def principal(self) -> str | None:
        """The key of the viewer's rate limit; None: the address has one."""
        return None if self.token_viewer is None else f"user:{self.token_viewer.user_id}"

    def act_as(self, viewer: Viewer | None) -> None:
        """Resolve as another viewer: the payload of `signIn` is the new viewer's."""
        if viewer is not self._viewer:
            self._viewer = viewer
            self.clear_loaders()

    def reading(self) -> AbstractAsyncContextManager[Session]:
        """Read as the viewer. Fields of a request read one after the other, so that it holds one connection."""
        return ReadInTurn(self._turn, self.database.reading(self.viewer))

    def reading_reports(self) -> AbstractAsyncContextManager[Session]:
        """Read reports as the viewer, from the replica where there is one."""
        return ReadInTurn(self._turn, (self.replica or self.database).reading(self.viewer, reports=True))

    @property
    def language(self) -> Language:
        """The caller's language."""
        return self.caller.language

    @property
    def loaders(self) -> DataLoaders:
        """The dataloaders of nested fields."""
        if self._loaders is None:
            self._loaders = DataLoaders(self.database, self.viewer, self.settings, self._turn)
        return self._loaders

    @property
    def waits(self) -> int:
        """The number of fields that waited for a batch; each costs more than its object."""
        return self._waits + (self._loaders.waits if self._loaders else 0)

    def clear_loaders(self) -> None:
        """Drop the loaded rows, which a write may have changed."""
        self._waits = self.waits
        self._loaders = None

    def translate_error(self, error: UserError) -> str:
        """Return a user error's message in the caller's language."""
        return translate(error.sentence, error.parameters, self.language)


Info = StrawberryInfo[Context, None]


class ContextFactory:
    """Creates contexts. A request's token, where it has one, must be valid."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        replica: Database | None = None,
        issuer: "Issuer | None" = None,
    ) -> None:
        """`issuer`: the OpenID Connect issuer whose tokens are accepted beside those of OSIT."""
        self.database = database
        self.settings = settings
        self.replica = replica
        self.issuer = issuer
        self.viewer_cache = ViewerCache(database)

    async def __call__(self, caller: Caller) -> Context:
        """Return the caller's context. Raises `Unauthenticated` for a token that is not valid."""
        if caller.token is None:
            return Context(self.database, self.settings, caller, replica=self.replica)
        viewer = self.viewer_cache.get(caller.token_digest) or await self._authenticate(caller.token)
        if viewer is None:
            raise Unauthenticated
        structlog.contextvars.bind_contextvars(principal=viewer.user_id)
        return Context(self.database, self.settings, caller, viewer, self.replica)

    async def _authenticate(self, token: str) -> Viewer | None:
        """Return the viewer of a token: a JWT of the issuer, or a session or API token of OSIT."""
        if self.issuer is not None and oidc.is_jwt(token):
            return await oidc.get_viewer(self.database, self.issuer, token)
        return await self.viewer_cache.get_or_load(token)
