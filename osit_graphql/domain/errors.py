"""Error classes.

OsitError
├─ RequestError            top-level GraphQL error with `extensions.code`; nothing changed
│  ├─ Unauthenticated      UNAUTHENTICATED    no bearer token, or an invalid one
│  │  └─ NotLinked                            OpenID Connect subject linked to nobody
│  ├─ Forbidden            FORBIDDEN          no role of the viewer allows this; raised before any row is read
│  │  ├─ OutOfScope                           no scope of the API token allows this; raised as early
│  │  └─ NoRole, NoServiceOfTheirs, EndedElsewhere    OpenID Connect tokens only
│  ├─ BadInput             BAD_USER_INPUT     an id, cursor, number or date that can't be decoded
│  ├─ Throttled            THROTTLED          rate limit exceeded, with the seconds to wait
│  │  └─ TooManyAttempts                      too many wrong passwords
│  ├─ TimedOut             TIMEOUT            statement or request stopped after its timeout
│  └─ Unavailable          UNAVAILABLE        PostgreSQL can't be reached
│     ├─ DatabaseMisconfigured                also a SetupError: wrong password, missing file
│     ├─ Contended                            serialization failure or deadlock: can be retried
│     │  └─ LockTimeout                       a lock not acquired within the lock timeout
│     └─ IssuerAway                           the OpenID Connect issuer can't be reached
├─ Refused                 `userErrors` in the payload; nothing changed
│     └ carries user errors: one class each in `user_errors.py`, with code, field and sentence
└─ SetupError              for operators: one sentence on the command line, no traceback

Sentences are English templates and the msgids of `locale/*.po`.
"""

from math import ceil
from typing import ClassVar

from osit_graphql.domain.user_errors import Path, UserError


class OsitError(Exception):
    """Base class of OSIT's errors."""


class SetupError(OsitError):
    """Faulty installation or configuration. The message is one sentence for the operator."""


class RequestError(OsitError):
    """A request that can't be served. `argument` is the path of the faulty argument, empty if none is at fault."""

    code: ClassVar[str]
    sentence: str

    def __init__(self, sentence: str | None = None, /, *, argument: Path = (), **parameters: object) -> None:
        if sentence is not None:
            self.sentence = sentence
        self.argument = argument
        self.parameters = parameters
        super().__init__(self.sentence)


class Unauthenticated(RequestError):
    """No valid bearer token."""

    code = "UNAUTHENTICATED"
    sentence = "Sign in first."


class NotLinked(Unauthenticated):
    """A valid token of the configured issuer whose subject is linked to no person."""

    sentence = "This account is not linked to a person in OSIT: ask an administrator to link it."


class Forbidden(RequestError):
    """No role of the viewer allows this."""

    code = "FORBIDDEN"
    sentence = "Your roles do not allow this."


class OutOfScope(Forbidden):
    """No scope of the API token allows this."""

    sentence = "The scopes of this token do not allow this."


class Throttled(RequestError):
    """Rate limit exceeded. `after`: seconds to wait before the next try, rounded up, at least 1."""

    code = "THROTTLED"
    sentence = "You have exceeded your rate limit; try again in {after} s."

    def __init__(self, sentence: str | None = None, /, *, after: float = 1, limit: int = 0) -> None:
        self.after = max(1, ceil(after))
        super().__init__(sentence, after=self.after, limit=limit)


class TooManyAttempts(Throttled):
    """Too many attempts to sign in or to change a password."""

    sentence = "Too many attempts; try again in {after} s."


class NoRole(Forbidden):
    """None of the groups in the token is mapped to a role."""

    sentence = "None of your groups gives you a role here: ask an administrator."


class NoServiceOfTheirs(Forbidden):
    """The token's groups give the role TECHNICIAN to a person without a service."""

    sentence = "Your groups make you a technician, but the directory gives you no service: ask an administrator."


class EndedElsewhere(Forbidden):
    """Sign-out with a token that another issuer issued: OSIT has no session to end."""

    sentence = "OSIT did not issue this token: sign out at its issuer."


class BadInput(RequestError):
    """An argument that can't be decoded, at the path `argument`."""

    code = "BAD_USER_INPUT"
    sentence = "This value is not valid."


class Unavailable(RequestError):
    """PostgreSQL, Redis or another dependency can't be reached, or refuses because of its own state.

    `fault`: the kind of PostgreSQL's fault in a word, "" if it has none. `cause`: for operators, never in a response.
    """

    code = "UNAVAILABLE"
    sentence = "The service is not available for the moment; try again shortly."

    def __init__(self, *, fault: str = "", cause: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.cause = cause

    def __str__(self) -> str:
        """Return the text for operators."""
        return self.cause or self.sentence


class DatabaseMisconfigured(Unavailable, SetupError):
    """PostgreSQL refuses the role, its password or the database, or a file for TLS can't be read."""

    def __init__(self, cause: str) -> None:
        super().__init__(fault="misconfigured", cause=cause)


class Contended(Unavailable):
    """Serialization failure, deadlock or lock timeout; `db.engine` runs the transaction again."""


class LockTimeout(Contended):
    """A lock was not acquired within the lock timeout."""


class IssuerAway(Unavailable):
    """The issuer's keys can't be fetched, so its tokens can't be verified."""

    sentence = "The service that signs you in does not answer; try again shortly."


class TimedOut(RequestError):
    """A statement or request exceeded its timeout and was cancelled."""

    code = "TIMEOUT"
    sentence = "This took too long and was stopped; try again, or ask for less."


class Refused(OsitError):
    """A refused command with all its user errors. Its transaction is rolled back."""

    def __init__(self, *errors: UserError) -> None:
        self.user_errors = errors
        super().__init__(", ".join(f"{error.code}@{'.'.join(error.field)}" for error in errors))
