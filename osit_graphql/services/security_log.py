"""Logs security events: each at once, or once the transaction that it belongs to is committed.

Lines have ids of people and tokens, roles, scopes and reasons: no password, no token, no text that a user wrote.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any

import structlog

from osit_graphql.db.engine import Session
from osit_graphql.domain.security_events import SecurityEvent

client_address: ContextVar[str | None] = ContextVar("client_address", default=None)
"""The address of the request's client; the middleware sets it."""
WARNINGS = {SecurityEvent.IDENTITY_NOT_LINKED}
log = structlog.get_logger()


def record(event: SecurityEvent, *, session: Session | None = None, **facts: Any) -> None:
    """Log an event, after the commit of `session` if there is one. Facts that are None are left out."""
    line = {"client": client_address.get(), **facts}
    present = {name: value for name, value in line.items() if value is not None}
    write = partial(log.warning if event in WARNINGS else log.info, str(event), **present)
    if session is None:
        write()
    else:
        session.after_commit.append(write)


def record_refused_token(kind: str, expired: Sequence[Any]) -> None:
    """Log a refused session or API token; `expired` has its person if it was valid once."""
    person, reason = (expired[0].id, "expired") if expired else (None, "unknown")
    record(SecurityEvent.TOKEN_REFUSED, method=kind, reason=reason, person=person)
