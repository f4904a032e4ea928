"""What every resolver is given: who asks, in which language, and how to reach the database; never an open session."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from strawberry.types import Info as StrawberryInfo

from osit_graphql.api.dataloader import WaitCounter
from osit_graphql.api.dataloaders import Loaders
from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import Unauthenticated
from osit_graphql.domain.user_errors import UserError
from osit_graphql.domain.viewer import Viewer
from osit_graphql.i18n import Language, translate
from osit_graphql.services.auth import oidc
from osit_graphql.services.auth.viewer_cache import ViewerCache
from osit_graphql.settings import Settings


class Caller(NamedTuple):
    """The caller of an operation as HTTP describes it: a context is built from it."""

    token: str | None  # the bearer token; None: anonymous
    language: Language
    request_id: str
    address: str | None = None  # the client's IP address; None: a Unix socket
    token_digest: bytes = b""


MakeContext = Callable[[Caller], Awaitable[object]]


@dataclass
class Context:
    """One operation's context: made fresh for each, so that nothing of one viewer's is ever seen by another."""

    database: Database
    settings: Settings
    caller: Caller
    owner: Viewer | None = None  # whose token the request came with
    replica: Database | None = None  # where reports are read, when there is one
    _acting: Viewer | None = field(default=None, init=False)
    _waits: WaitCounter = field(default_factory=WaitCounter, init=False)
    _loaders: Loaders | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin as whoever the token belongs to."""
        self._acting = self.owner

    @property
    def viewer(self) -> Viewer:
        """Who is asking; raises `Unauthenticated` when nobody is signed in."""
        if self._acting is None:
            raise Unauthenticated
        return self._acting

    @property
    def principal(self) -> str | None:
        """Whose budget the operation is on; nobody's: that of the address it comes from."""
        return None if self.owner is None else f"user:{self.owner.user_id}"

    def act_as(self, viewer: Viewer | None) -> None:
        """Answer as somebody else: `signIn` tells its payload as whoever signed in, and only that."""
        if viewer is not self._acting:
            self._acting = viewer
            self.forget()

    @property
    def reports(self) -> Database:
        """Where reports are read: the replica, so that dashboards weigh on nobody, else the database itself."""
        return self.replica or self.database

    @property
    def language(self) -> Language:
        """The caller's language."""
        return self.caller.language

    @property
    def loaders(self) -> Loaders:
        """What nested fields are fetched by, many at a time."""
        if self._loaders is None:
            self._loaders = Loaders(self.database, self.viewer, self.settings, self._waits.increment)
        return self._loaders

    @property
    def waits(self) -> int:
        """How many fields waited for a statement that many share: each costs more than the object it brings."""
        return self._waits.count

    def forget(self) -> None:
        """Drop what was loaded: after a write it may no longer be so."""
        self._loaders = None

    def say(self, error: UserError) -> str:
        """Return the problem's sentence in the caller's language."""
        return translate(error.sentence, error.parameters, self.language)


Info = StrawberryInfo[Context, None]


class ContextMaker:
    """Turns a caller into a context: a token that is presented must be alive."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        replica: Database | None = None,
        issuer: oidc.Issuer | None = None,
    ) -> None:
        """`issuer`: whose tokens are taken beside our own."""
        self.database = database
        self.settings = settings
        self.replica = replica
        self.issuer = issuer
        self.recognition = ViewerCache(database)

    async def __call__(self, caller: Caller) -> Context:
        """Raise `Unauthenticated` for a dead token; nobody is nobody without one."""
        if caller.token is None:
            return Context(self.database, self.settings, caller, replica=self.replica)
        viewer = self.recognition.recall(caller.token_digest) or await self._identify(caller.token)
        if viewer is None:
            raise Unauthenticated
        structlog.contextvars.bind_contextvars(principal=viewer.user_id)
        return Context(self.database, self.settings, caller, viewer, self.replica)

    async def _identify(self, token: str) -> Viewer | None:
        """Return whose token it is: an issuer's by its form, else one of ours."""
        if self.issuer is not None and oidc.is_jwt(token):
            return await oidc.viewer_of_jwt(self.database, self.issuer, token)
        return await self.recognition.viewer_of(token)
