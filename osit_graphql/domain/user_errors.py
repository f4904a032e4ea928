"""What can be wrong with what was asked for: one class a refusal, each with its code and sentence.

They come back together, as `userErrors`; `errors.Refused` carries them. Sentences are English templates,
the msgids of `locale/*.po`.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar

Path = tuple[str, ...]


class ProblemCode(StrEnum):
    """What a client switches on; the contract's `UserErrorCode`."""

    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    TOO_LONG = "TOO_LONG"
    NOT_FOUND = "NOT_FOUND"
    NOT_ALLOWED_IN_STATUS = "NOT_ALLOWED_IN_STATUS"
    UNCHANGED = "UNCHANGED"
    STALE_VERSION = "STALE_VERSION"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    INACTIVE = "INACTIVE"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what was asked for; `field` is the path in the arguments."""

    field: Path
    code: ClassVar[ProblemCode]
    sentence: ClassVar[str]

    @property
    def parameters(self) -> dict[str, object]:
        """What fills the sentence's placeholders."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "field"}


class Required(Problem):
    """Absent, null or blank where something is needed."""

    code = ProblemCode.REQUIRED
    sentence = "This can't be empty."


class Invalid(Problem):
    """Well-formed, but not a value that can be taken."""

    code = ProblemCode.INVALID
    sentence = "This value can't be accepted."


@dataclass(frozen=True)
class OutOfRange(Invalid):
    """A number outside its bounds, both included."""

    low: object
    high: object
    sentence = "This must be between {low} and {high}."


class InTheFuture(Invalid):
    """A moment that has not come yet."""

    sentence = "This can't be in the future."


class Negative(Invalid):
    """An amount below zero."""

    sentence = "This can't be negative."


class TooManyDecimals(Invalid):
    """An amount with more than two decimals, or beyond what money can be."""

    sentence = "An amount has at most two decimals, and at most ten digits before them."


class UnreadableText(Invalid):
    """A text with characters that nothing can show or store."""

    sentence = "This text contains characters that can't be stored."


class NotAnEmail(Invalid):
    """Not an e-mail address."""

    sentence = "This is not an e-mail address."


class WrongExpiry(Invalid):
    """A token that would never live, or live too long."""

    sentence = "A token ends in the future, within a year."


@dataclass(frozen=True)
class TooManyTokens(Invalid):
    """More than anybody keeps track of."""

    limit: int
    sentence = "There are {limit} tokens already: revoke one first."


class WeakPassword(Invalid):
    """A password that is too short to be of use."""

    sentence = "A password has 8 to 200 characters."


class NotATechnicianOfTheService(Invalid):
    """A ticket is assigned within its service."""

    sentence = "This person is not a technician of the ticket's service."


class NoService(Invalid):
    """Only technicians belong to a service."""

    sentence = "Only a technician has a service."


class LastAdministrator(Invalid):
    """Somebody must be able to manage the directory."""

    sentence = "The last active administrator can't be taken away."


@dataclass(frozen=True)
class TooLong(Problem):
    """A text beyond its limit, in characters."""

    limit: int
    code = ProblemCode.TOO_LONG
    sentence = "This has more than {limit} characters."


class NotFound(Problem):
    """Absent or not visible: the two are one answer."""

    code = ProblemCode.NOT_FOUND
    sentence = "Nothing is found under this id."


class NotAllowedInStatus(Problem):
    """The action exists, but not from where the ticket stands."""

    code = ProblemCode.NOT_ALLOWED_IN_STATUS
    sentence = "The ticket's status does not allow this."


class AlreadyVoided(NotAllowedInStatus):
    """An intervention is taken back once."""

    sentence = "This intervention was already taken back."


class DecidedItem(NotAllowedInStatus):
    """What a meeting decided stays on its agenda."""

    sentence = "What was decided can't be taken off the agenda."


class AlreadyDecided(NotAllowedInStatus):
    """A meeting decides on a request once."""

    sentence = "This meeting has already decided on this request."


class Unchanged(Problem):
    """The value it already has."""

    code = ProblemCode.UNCHANGED
    sentence = "This changes nothing."


@dataclass(frozen=True)
class StaleVersion(Problem):
    """Somebody else was faster; the answer has the ticket as it is now."""

    ticket_id: int
    code = ProblemCode.STALE_VERSION
    sentence = "The ticket has changed in the meantime; here it is as it is now."


class AlreadyExists(Problem):
    """A name or an address that must be unique."""

    code = ProblemCode.ALREADY_EXISTS
    sentence = "This already exists."


class Inactive(Problem):
    """Deactivated in the directory."""

    code = ProblemCode.INACTIVE
    sentence = "This is no longer active."


class InvalidCredentials(Problem):
    """A wrong e-mail and a wrong password say the same."""

    code = ProblemCode.INVALID_CREDENTIALS
    sentence = "The e-mail address or the password is wrong."


class KeyReused(Problem):
    """One key stands for one thing to do."""

    code = ProblemCode.IDEMPOTENCY_KEY_REUSED
    sentence = "This key was used for something else; a new request needs a new key."


class KeyInProgress(Problem):
    """The first request with this key is still being worked on."""

    code = ProblemCode.IDEMPOTENCY_IN_PROGRESS
    sentence = "A request with this key is still under way; try again shortly."
