"""Serializes user errors for rows of idempotency keys, which last 48 hours, under names that no release changes.

Processes of two releases may run at the same time and read each other's rows. A row therefore does not depend on the
name of a Python class or attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from osit_graphql.domain import user_errors
from osit_graphql.domain.user_errors import UserError


@dataclass(frozen=True)
class StoredKind:
    """The class of a kind, and its attributes by their names in a row."""

    error_class: type[UserError]
    attributes: Mapping[str, str] = field(default_factory=dict)


# The kinds and the names of attributes are in databases: they never change and are never reused.
KINDS: Mapping[str, StoredKind] = {
    "Required": StoredKind(user_errors.Required),
    "Invalid": StoredKind(user_errors.Invalid),
    "OutOfRange": StoredKind(user_errors.OutOfRange, {"low": "low", "high": "high"}),
    "InTheFuture": StoredKind(user_errors.InTheFuture),
    "EndsInTheFuture": StoredKind(user_errors.EndsInTheFuture),
    "Negative": StoredKind(user_errors.Negative),
    "TooManyDecimals": StoredKind(user_errors.TooManyDecimals),
    "UnreadableText": StoredKind(user_errors.UnreadableText),
    "NotAnEmail": StoredKind(user_errors.NotAnEmail),
    "WrongExpiry": StoredKind(user_errors.WrongExpiry),
    "TooManyTokens": StoredKind(user_errors.TooManyTokens, {"limit": "limit"}),
    "WeakPassword": StoredKind(user_errors.WeakPassword),
    "NotATechnicianOfTheService": StoredKind(user_errors.NotATechnicianOfTheService),
    "NoService": StoredKind(user_errors.NoService),
    "LastAdministrator": StoredKind(user_errors.LastAdministrator),
    "ServiceHasTickets": StoredKind(user_errors.ServiceHasTickets, {"count": "count"}),
    "TooLong": StoredKind(user_errors.TooLong, {"limit": "limit"}),
    "NotFound": StoredKind(user_errors.NotFound),
    "NotAllowedInStatus": StoredKind(user_errors.NotAllowedInStatus),
    "AlreadyVoided": StoredKind(user_errors.AlreadyVoided),
    "DecidedItem": StoredKind(user_errors.DecidedItem),
    "AlreadyDecided": StoredKind(user_errors.AlreadyDecided),
    "Unchanged": StoredKind(user_errors.Unchanged),
    "StaleVersion": StoredKind(user_errors.StaleVersion, {"ticket_id": "ticket_id"}),
    "AlreadyExists": StoredKind(user_errors.AlreadyExists),
    "Inactive": StoredKind(user_errors.Inactive),
    "InvalidCredentials": StoredKind(user_errors.InvalidCredentials),
    "KeyReused": StoredKind(user_errors.KeyReused),
    "KeyInProgress": StoredKind(user_errors.KeyInProgress),
}
_NAMES = {kind.error_class: name for name, kind in KINDS.items()}


def to_json(error: UserError) -> dict[str, Any]:
    """Return the stored form of a user error."""
    name = _NAMES[type(error)]
    parameters = {stored: getattr(error, attribute) for stored, attribute in KINDS[name].attributes.items()}
    return {"problem": name, "field": list(error.field), **parameters}


def from_json(stored: Mapping[str, Any]) -> UserError:
    """Return the user error of its stored form."""
    kind = KINDS[stored["problem"]]
    parameters = {attribute: stored[name] for name, attribute in kind.attributes.items()}
    return kind.error_class(tuple(stored["field"]), **parameters)
