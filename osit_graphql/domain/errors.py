"""Every refusal OSIT can pronounce.

OsitError
├─ RequestError            the request itself: a top-level GraphQL error with `extensions.code`
│  ├─ Unauthenticated      UNAUTHENTICATED    nobody is signed in, or the token is dead
│  │  └─ NotLinked                            the issuer's account is linked to nobody
│  ├─ Forbidden            FORBIDDEN          no role of the viewer's may do this; said before any row is read
│  │  └─ OutOfScope        FORBIDDEN          the token has no scope for this; said before any row is read too
│  │  └─ NoRole, NoServiceOfTheirs, EndedElsewhere    what a token of another issuer can't give or do
│  ├─ BadInput             BAD_USER_INPUT     an id, cursor, number or date that can't be decoded
│  ├─ Throttled            THROTTLED          more than one's share; try again, and when
│  │  └─ TooManyAttempts                      at a secret
│  ├─ TimedOut             TIMEOUT            it took too long and was stopped
│  └─ Unavailable          UNAVAILABLE        the database doesn't answer; try again
│     └─ Contended         UNAVAILABLE        others were at the same rows, one had to give way; nothing was kept
│     └─ IssuerAway                           nor does the issuer
├─ Refused                 what was asked for: `userErrors` in the payload, and nothing changed
│     └ carries Problems   one class each in `problems.py`, with code, field and sentence
└─ SetupError              for whoever runs it: one sentence on the command line, no traceback

Sentences are English templates; they are the msgids of `locale/*.po`.
"""

from math import ceil
from typing import ClassVar

from osit_graphql.domain.user_errors import Path, Problem


class OsitError(Exception):
    """The root of every refusal."""


class SetupError(OsitError):
    """Something is wrong with the installation; the message is one sentence for whoever runs it."""


class RequestError(OsitError):
    """The request itself can't be served; nothing was read or changed."""

    code: ClassVar[str]
    sentence: str

    def __init__(self, sentence: str | None = None, /, *, argument: Path = (), **parameters: object) -> None:
        if sentence is not None:
            self.sentence = sentence
        self.argument = argument
        self.parameters = parameters
        super().__init__(self.sentence)


class Unauthenticated(RequestError):
    """Nobody is signed in."""

    code = "UNAUTHENTICATED"
    sentence = "Sign in first."


class NotLinked(Unauthenticated):
    """A good token of the configured issuer, for a subject that nobody here is linked to."""

    sentence = "This account is not linked to anybody here: ask an administrator to link it."


class Forbidden(RequestError):
    """No role of the viewer's may do this."""

    code = "FORBIDDEN"
    sentence = "Your roles do not allow this."


class OutOfScope(Forbidden):
    """No scope of the token's reaches this."""

    sentence = "The scopes of this token do not allow this."


class Throttled(RequestError):
    """The principal's share is used up for now; `after`: in how many seconds, at least, it is worth trying again."""

    code = "THROTTLED"
    sentence = "You have asked for more than your share for the moment; try again in {after} s."

    def __init__(self, sentence: str | None = None, /, *, after: float = 1, limit: int = 0) -> None:
        self.after = max(1, ceil(after))
        super().__init__(sentence, after=self.after, limit=limit)


class TooManyAttempts(Throttled):
    """Too many attempts at a secret, whatever they were."""

    sentence = "Too many attempts; try again in {after} s."


class NoRole(Forbidden):
    """None of the groups that the token tells stands for a role."""

    sentence = "None of your groups gives you a role here: ask an administrator."


class NoServiceOfTheirs(Forbidden):
    """The token's groups make a technician of somebody whom the directory gives no service."""

    sentence = "Your groups make you a technician, but the directory gives you no service: ask an administrator."


class EndedElsewhere(Forbidden):
    """The token is no session of ours: who issued it ends it."""

    sentence = "This token is no session that was opened here: it ends where it was issued."


class BadInput(RequestError):
    """An argument that can't be decoded; `argument` is its path."""

    code = "BAD_USER_INPUT"
    sentence = "This value is not valid."


class Unavailable(RequestError):
    """Something OSIT stands on doesn't answer."""

    code = "UNAVAILABLE"
    sentence = "The service is not available for the moment; try again shortly."


class Contended(Unavailable):
    """Others stood in this transaction's way in PostgreSQL; the very same may pass when it is tried again."""


class IssuerAway(Unavailable):
    """The issuer's keys can't be had, so that nobody can tell whether its token is good."""

    sentence = "The service that signs you in does not answer; try again shortly."


class TimedOut(RequestError):
    """A statement, or the whole request, took longer than it may; PostgreSQL was told to stop."""

    code = "TIMEOUT"
    sentence = "This took too long and was stopped; try again, or ask for less."


class Refused(OsitError):
    """What was asked for can't be done; everything that is wrong with it, at once. Nothing changed."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{problem.code}@{'.'.join(problem.field)}" for problem in problems))
