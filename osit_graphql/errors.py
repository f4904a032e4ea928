"""Every refusal OSIT can pronounce.

OsitError
├─ RequestError            the request itself: a top-level GraphQL error with `extensions.code`
│  ├─ Unauthenticated      UNAUTHENTICATED    nobody is signed in, or the token is dead
│  ├─ Forbidden            FORBIDDEN          no role of the viewer's may do this; said before any row is read
│  ├─ BadInput             BAD_USER_INPUT     an id, cursor, number or date that can't be decoded
│  ├─ Unavailable          UNAVAILABLE        the database doesn't answer; try again
│  └─ TimedOut             TIMEOUT            it took too long and was stopped
├─ Refused                 what was asked for: `userErrors` in the payload, and nothing changed
│     └ carries Problems   one class each in `problems.py`, with code, field and sentence
└─ SetupError              for whoever runs it: one sentence on the command line, no traceback

Sentences are English templates; they are the msgids of `locale/*.po`.
"""

from typing import ClassVar

from osit_graphql.problems import Path, Problem


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


class Forbidden(RequestError):
    """No role of the viewer's may do this."""

    code = "FORBIDDEN"
    sentence = "Your roles do not allow this."


class BadInput(RequestError):
    """An argument that can't be decoded; `argument` is its path."""

    code = "BAD_USER_INPUT"
    sentence = "This value is not valid."


class Unavailable(RequestError):
    """Something OSIT stands on doesn't answer."""

    code = "UNAVAILABLE"
    sentence = "The service is not available for the moment; try again shortly."


class TimedOut(RequestError):
    """A statement, or the whole request, took longer than it may; PostgreSQL was told to stop."""

    code = "TIMEOUT"
    sentence = "This took too long and was stopped; try again, or ask for less."


class Refused(OsitError):
    """What was asked for can't be done; everything that is wrong with it, at once. Nothing changed."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{problem.code}@{'.'.join(problem.field)}" for problem in problems))
