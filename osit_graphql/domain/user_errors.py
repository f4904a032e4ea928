"""User errors: one class each, with its code and sentence.

A command returns all of them at once as `userErrors`; `errors.Refused` carries them.
Sentences are English templates and the msgids of `locale/*.po`.
"""

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar

Path = tuple[str, ...]

# Control characters except tab, line feed and carriage return, and lone surrogates: PostgreSQL stores not all of them.
UNSTORABLE_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

# Unicode's default-ignorable code points: they print nothing, and a search ignores them (as migration 0021 does).
INVISIBLE_CHARACTERS = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class UserErrorCode(StrEnum):
    """Code of a user error, for clients: `UserErrorCode` in the schema."""

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
class UserError:
    """One user error. `field` is the path of the argument at fault."""

    field: Path
    code: ClassVar[UserErrorCode]
    sentence: ClassVar[str]

    @property
    def parameters(self) -> dict[str, object]:
        """Values for the placeholders of the sentence."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "field"}


class Required(UserError):
    """A required value is absent, null or blank."""

    code = UserErrorCode.REQUIRED
    sentence = "This can't be empty."


class Invalid(UserError):
    """A well-formed value that can't be accepted."""

    code = UserErrorCode.INVALID
    sentence = "This value can't be accepted."


@dataclass(frozen=True)
class OutOfRange(Invalid):
    """A number outside its bounds, both included."""

    low: object
    high: object
    sentence = "This must be between {low} and {high}."


class InTheFuture(Invalid):
    """A time in the future."""

    sentence = "This can't be in the future."


class EndsInTheFuture(Invalid):
    """A duration that ends in the future."""

    sentence = "This ends in the future."


class Negative(Invalid):
    """An amount below zero."""

    sentence = "This can't be negative."


class TooManyDecimals(Invalid):
    """An amount with more than two decimals, or beyond the limit."""

    sentence = "An amount has at most two decimals, and at most ten digits before them."


class UnreadableText(Invalid):
    """A text with one of the `UNSTORABLE_CHARACTERS`."""

    sentence = "This text contains characters that can't be stored."


class NotAnEmail(Invalid):
    """Not an e-mail address."""

    sentence = "This is not an e-mail address."


class WrongExpiry(Invalid):
    """An API token that would end in the past, or in more than a year."""

    sentence = "A token ends in the future, within a year."


@dataclass(frozen=True)
class TooManyTokens(Invalid):
    """The person has the maximum number of API tokens."""

    limit: int
    sentence = "There are {limit} tokens already: revoke one first."


class WeakPassword(Invalid):
    """A password that is too short or too long."""

    sentence = "A password has 8 to 200 characters."


class NotATechnicianOfTheService(Invalid):
    """The assignee is no technician of the ticket's service."""

    sentence = "This person is not a technician of the ticket's service."


class NoService(Invalid):
    """A service for a person who is no technician."""

    sentence = "Only a technician has a service."


class LastAdministrator(Invalid):
    """The change would leave no active administrator."""

    sentence = "The last active administrator can't be removed."


@dataclass(frozen=True)
class ServiceHasTickets(Invalid):
    """The service to deactivate has tickets that are not closed."""

    count: int
    sentence = "Tickets of this service that are not closed: {count}. Re-route or close them first."


@dataclass(frozen=True)
class TooLong(UserError):
    """A text with more than `limit` characters."""

    limit: int
    code = UserErrorCode.TOO_LONG
    sentence = "This has more than {limit} characters."


class NotFound(UserError):
    """The object is missing or not visible to the viewer; both look identical."""

    code = UserErrorCode.NOT_FOUND
    sentence = "There is no object with this ID."


class NotAllowedInStatus(UserError):
    """The action isn't allowed in the ticket's status."""

    code = UserErrorCode.NOT_ALLOWED_IN_STATUS
    sentence = "The ticket's status does not allow this."


class AlreadyVoided(NotAllowedInStatus):
    """The intervention is voided already."""

    sentence = "This intervention is already voided."


class DecidedItem(NotAllowedInStatus):
    """A decided agenda item can't be removed."""

    sentence = "A decided item can't be removed from the agenda."


class AlreadyDecided(NotAllowedInStatus):
    """The meeting has decided on this evolution request already."""

    sentence = "This meeting has already decided on this request."


class Unchanged(UserError):
    """The new value equals the present one."""

    code = UserErrorCode.UNCHANGED
    sentence = "This changes nothing."


@dataclass(frozen=True)
class StaleVersion(UserError):
    """The ticket has changed since `expectedVersion`; the payload contains the current ticket."""

    ticket_id: int
    code = UserErrorCode.STALE_VERSION
    sentence = "The ticket has changed in the meantime; here it is as it is now."


class AlreadyExists(UserError):
    """A unique name or e-mail address is taken."""

    code = UserErrorCode.ALREADY_EXISTS
    sentence = "This already exists."


class Inactive(UserError):
    """The directory entry is deactivated."""

    code = UserErrorCode.INACTIVE
    sentence = "This is no longer active."


class InvalidCredentials(UserError):
    """Wrong e-mail address or password; both look identical."""

    code = UserErrorCode.INVALID_CREDENTIALS
    sentence = "The e-mail address or the password is wrong."


class KeyReused(UserError):
    """The idempotency key was used with other arguments."""

    code = UserErrorCode.IDEMPOTENCY_KEY_REUSED
    sentence = "This key was used for another request; a new request needs a new key."


class KeyInProgress(UserError):
    """The first request with this idempotency key is still running."""

    code = UserErrorCode.IDEMPOTENCY_IN_PROGRESS
    sentence = "A request with this key is still running; try again shortly."
