"""What the API's role may do at all, before any policy is asked: nothing that it has no use for.

History is written and never changed; who wrote it and in which transaction is PostgreSQL's to say; nobody's password
is read outside the function that a sign-in asks.
"""

from dataclasses import dataclass
from typing import Final

from osit_graphql.db.models import Activity, ApiToken, Base, Intervention, Person, Ticket


@dataclass(frozen=True)
class Grant:
    """A privilege on a table, or on some of its columns."""

    privilege: str
    columns: tuple[str, ...] | None = None


def _but(model: type[Base], *names: str) -> tuple[str, ...]:
    """Return the columns of a table but these, and but those that PostgreSQL works out."""
    columns = model.__table__.columns
    return tuple(column.name for column in columns if column.name not in names and column.computed is None)


READ, ADD, CHANGE, REMOVE = Grant("SELECT"), Grant("INSERT"), Grant("UPDATE"), Grant("DELETE")
_KEPT = ("id", "search_text", "search_runs")
_READABLE = tuple(column.name for column in Person.__table__.columns if column.name != "password_hash")

GRANTS: Final[dict[str, tuple[Grant, ...]]] = {
    "site": (READ, ADD, CHANGE),
    "application": (READ, ADD, CHANGE),
    "cause": (READ, ADD, CHANGE),
    "service": (READ, ADD, CHANGE),
    "service_rate": (READ, ADD, CHANGE),
    "person": (
        Grant("SELECT", _READABLE),
        Grant("INSERT", _but(Person, *_KEPT)),
        Grant("UPDATE", _but(Person, *_KEPT)),
    ),
    "session_token": (READ, ADD, REMOVE),
    # Nobody looks digests up: only the function that finds out who asks.
    "api_token": (
        Grant("SELECT", _but(ApiToken, "digest")),
        Grant("INSERT", _but(ApiToken, "id", "last_used_at")),
        REMOVE,
    ),
    "sign_in_mark": (READ, ADD, CHANGE, REMOVE),
    "idempotency_key": (READ, ADD, CHANGE, REMOVE),
    "seal": (READ,),
    "identity": (READ, ADD, REMOVE),
    "ticket": (READ, Grant("INSERT", _but(Ticket, "id")), Grant("UPDATE", _but(Ticket, "id"))),
    "activity": (READ, Grant("INSERT", _but(Activity, "id", "transaction_id"))),
    "intervention": (READ, Grant("INSERT", _but(Intervention, "voided_by")), Grant("UPDATE", ("voided_by",))),
    "ticket_document": (READ,),
    "meeting": (READ, ADD, CHANGE),
    "agenda_item": (READ, ADD, CHANGE, REMOVE),
    "report_delta": (READ,),
    "cost_cell": (READ,),
    "recurrence_cell": (READ,),
    "occurrence": (READ,),
    "flow_event": (READ,),
    "flow_delta": (READ,),
    "flow_cell": (READ,),
    # Views ask whoever looks: they are behind the same wall.
    "report_truth": (READ,),
    "report_occurrence": (READ,),
    "flow_truth": (READ,),
    "alembic_version": (READ,),
}

EXECUTED: Final = (
    "osit_answering(tsquery, boolean, bigint)",
    "osit_audit(integer, integer)",
    "osit_audit_slices(integer)",
    "osit_called(text[])",
    "osit_change_password(text)",
    "osit_hold_password(bigint, text, text)",
    "osit_identity(text, text)",
    "osit_merge_reports(integer)",
    "osit_met(bigint)",
    "osit_note_use(bytea, timestamp with time zone, timestamp with time zone)",
    "osit_own_password()",
    "osit_price_work(bigint, numeric, date, date)",
    "osit_ranked(tsquery, tsquery, boolean)",
    "osit_rare(tsvector)",
    "osit_rebuild_reports()",
    "osit_service_had(integer)",
    "osit_session(bytea, timestamp with time zone)",
    "osit_sign_in(text)",
    "osit_tell_zone(text, boolean)",
    "osit_tidy_search()",
    "osit_token(bytea, timestamp with time zone)",
    "osit_zone()",
)
"""Functions that run as their owner and that the API may call: they ask who asks, or tell of nobody."""


def list_executed() -> list[str]:
    """Return the statements that leave the functions which run as their owner to the API alone."""
    listed = ", ".join(EXECUTED)
    return [f"REVOKE EXECUTE ON FUNCTION {listed} FROM PUBLIC", f"GRANT EXECUTE ON FUNCTION {listed} TO osit_api"]
