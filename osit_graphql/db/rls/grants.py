"""Privileges of the API's role, which apply before any policy: only those that the API uses.

History is append-only. PostgreSQL sets the author's transaction. Only the sign-in function reads password hashes.
"""

from dataclasses import dataclass
from typing import Final

from osit_graphql.db.models import Activity, ApiToken, Base, Intervention, Person, Ticket


@dataclass(frozen=True)
class Grant:
    """A privilege on a table, or on some of its columns."""

    privilege: str
    columns: tuple[str, ...] | None = None


def _columns_except(model: type[Base], *names: str) -> tuple[str, ...]:
    """Return the columns of a table except these and except generated ones."""
    columns = model.__table__.columns
    return tuple(column.name for column in columns if column.name not in names and column.computed is None)


READ, ADD, CHANGE, REMOVE = Grant("SELECT"), Grant("INSERT"), Grant("UPDATE"), Grant("DELETE")
_DATABASE_COLUMNS = ("id", "search_text", "search_runs")
_READABLE = tuple(column.name for column in Person.__table__.columns if column.name != "password_hash")

GRANTS: Final[dict[str, tuple[Grant, ...]]] = {
    "site": (READ, ADD, CHANGE),
    "application": (READ, ADD, CHANGE),
    "cause": (READ, ADD, CHANGE),
    "service": (READ, ADD, CHANGE),
    "service_rate": (READ, ADD, CHANGE),
    "person": (
        Grant("SELECT", _READABLE),
        Grant("INSERT", _columns_except(Person, *_DATABASE_COLUMNS)),
        Grant("UPDATE", _columns_except(Person, *_DATABASE_COLUMNS)),
    ),
    "session_token": (READ, ADD, REMOVE),
    # Only the authentication function reads digests.
    "api_token": (
        Grant("SELECT", _columns_except(ApiToken, "digest")),
        Grant("INSERT", _columns_except(ApiToken, "id", "last_used_at")),
        REMOVE,
    ),
    "sign_in_mark": (READ, ADD, CHANGE, REMOVE),
    "idempotency_key": (READ, ADD, CHANGE, REMOVE),
    "seal": (READ,),
    "directory_change": (READ,),
    "directory_seal": (READ,),
    "identity": (READ, ADD, REMOVE),
    "ticket": (READ, Grant("INSERT", _columns_except(Ticket, "id")), Grant("UPDATE", _columns_except(Ticket, "id"))),
    "activity": (READ, Grant("INSERT", _columns_except(Activity, "id", "transaction_id"))),
    "intervention": (
        READ,
        Grant("INSERT", _columns_except(Intervention, "voided_by")),
        Grant("UPDATE", ("voided_by",)),
    ),
    "ticket_document": (READ,),
    "ticket_document_part": (),  # read by the search functions only
    "meeting": (READ, ADD, CHANGE),
    "agenda_item": (READ, ADD, CHANGE, REMOVE),
    "report_delta": (READ,),
    "cost_cell": (READ,),
    "recurrence_cell": (READ,),
    "occurrence": (READ,),
    "flow_event": (READ,),
    "flow_delta": (READ,),
    "flow_cell": (READ,),
    # Views run with the rights of their reader, so row-level security applies.
    "report_truth": (READ,),
    "report_occurrence": (READ,),
    "flow_truth": (READ,),
    "alembic_version": (READ,),
}

EXECUTABLE_FUNCTIONS: Final = (
    "osit_answering(tsquery, boolean, bigint)",
    "osit_audit(integer, integer)",
    "osit_audit_directory()",
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
    "osit_rebuild_search(integer)",
    "osit_service_had(integer)",
    "osit_session(bytea, timestamp with time zone)",
    "osit_sign_in(text)",
    "osit_tell_zone(text, boolean)",
    "osit_tidy_search()",
    "osit_token(bytea, timestamp with time zone)",
    "osit_unclosed_tickets(bigint)",
    "osit_zone()",
)
"""SECURITY DEFINER functions that the API may call: they check the viewer, or return no personal data."""


def grant_functions() -> list[str]:
    """Return the statements that let only the API's role execute the SECURITY DEFINER functions."""
    listed = ", ".join(EXECUTABLE_FUNCTIONS)
    return [f"REVOKE EXECUTE ON FUNCTION {listed} FROM PUBLIC", f"GRANT EXECUTE ON FUNCTION {listed} TO osit_api"]
