"""The security events of the log, with their meanings. `docs/monitoring.md` lists them, generated from here."""

from enum import StrEnum


class SecurityEvent(StrEnum):
    """A security event; its value is the `event` of the log line. Values never change."""

    SIGN_IN_SUCCEEDED = "sign_in_succeeded"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    SIGNED_OUT = "signed_out"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - an event, not a secret
    IDENTITY_NOT_LINKED = "identity_not_linked"
    REQUEST_THROTTLED = "request_throttled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the same
    PASSWORD_CHANGE_FAILED = "password_change_failed"  # noqa: S105 - the same
    PASSWORD_CHANGE_THROTTLED = "password_change_throttled"  # noqa: S105 - the same
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the same
    PERSON_CREATED = "person_created"
    PERSON_DEACTIVATED = "person_deactivated"
    PERSON_REACTIVATED = "person_reactivated"
    ROLES_CHANGED = "roles_changed"
    API_TOKEN_CREATED = "api_token_created"  # noqa: S105 - the same
    API_TOKEN_REVOKED = "api_token_revoked"  # noqa: S105 - the same
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"


MEANINGS: dict[SecurityEvent, tuple[str, tuple[str, ...]]] = {
    SecurityEvent.SIGN_IN_SUCCEEDED: (
        "a session was opened with a password, or this process saw an issuer's token for the first time",
        ("person", "method"),
    ),
    SecurityEvent.SIGN_IN_FAILED: (
        "wrong e-mail address or password; `person` only if an active account has the address",
        ("person",),
    ),
    SecurityEvent.SIGN_IN_THROTTLED: (
        "refused without comparing the password, after too many failures",
        ("person", "retry_after"),
    ),
    SecurityEvent.SIGNED_OUT: ("the session of the request was ended", ()),
    SecurityEvent.TOKEN_REFUSED: (
        "bearer token refused: malformed, unknown (or revoked, or owner inactive), expired, scope; or an issuer's",
        ("method", "reason", "person"),
    ),
    SecurityEvent.IDENTITY_NOT_LINKED: (
        "a valid token of the issuer has a subject that is linked to nobody (`warning`)",
        ("issuer", "subject"),
    ),
    SecurityEvent.REQUEST_THROTTLED: ("a request exceeded a rate limit", ("retry_after",)),
    SecurityEvent.PASSWORD_CHANGED: ("a person changed their own password", ("person",)),
    SecurityEvent.PASSWORD_CHANGE_FAILED: ("a person gave a wrong current password", ("person",)),
    SecurityEvent.PASSWORD_CHANGE_THROTTLED: (
        "a password change was refused after too many failures",
        ("person", "retry_after"),
    ),
    SecurityEvent.PASSWORD_RESET: ("an administrator or the command line set or removed a password", ("person",)),
    SecurityEvent.PERSON_CREATED: ("a person was created", ("person", "roles")),
    SecurityEvent.PERSON_DEACTIVATED: ("a person was deactivated", ("person",)),
    SecurityEvent.PERSON_REACTIVATED: ("a person was activated again", ("person",)),
    SecurityEvent.ROLES_CHANGED: ("a person's roles changed", ("person", "old_roles", "roles")),
    SecurityEvent.API_TOKEN_CREATED: ("an API token was created for a person", ("person", "token", "scopes")),
    SecurityEvent.API_TOKEN_REVOKED: ("an API token was revoked", ("person", "token")),
    SecurityEvent.IDENTITY_LINKED: ("a subject of an issuer was linked to a person", ("person", "issuer", "subject")),
    SecurityEvent.IDENTITY_UNLINKED: (
        "subjects of an issuer were unlinked from a person",
        ("person", "issuer", "links"),
    ),
}
"""The meaning of each event, and the fields of its line beside those of every line."""
