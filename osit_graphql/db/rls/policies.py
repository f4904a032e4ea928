"""The policies of each table and command."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Integer, Select, and_, case, func, or_, select
from sqlalchemy import literal_column as sql
from sqlalchemy.dialects.postgresql import array

from osit_graphql.db import visibility
from osit_graphql.db.models import (
    Activity,
    AgendaItem,
    ApiToken,
    CostCell,
    FlowCell,
    FlowDelta,
    FlowEvent,
    IdempotencyKey,
    Intervention,
    Meeting,
    Occurrence,
    Person,
    RecurrenceCell,
    ReportDelta,
    ServiceRate,
    SessionToken,
    Ticket,
    TicketDocument,
    TicketDocumentPart,
)
from osit_graphql.db.rls.viewer_expressions import (
    Predicate,
    has_any_role,
    policy_for_all_roles,
    restricted_conditions,
    setting,
    setting_as_number,
    unrestricted_roles,
    viewer_with_role,
)
from osit_graphql.db.visibility import Condition
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, Permission, Role
from osit_graphql.domain.viewer import System

WRITERS = (System.IMPORT, System.DEMO)
ACTING_TICKET = setting_as_number("acting", kind=Integer)  # the ticket that this transaction has locked
VIEWER_ID = setting_as_number("person")
# The transaction reads a report and nothing else. Never null, so that OR can stop here.
IN_REPORT = select(func.coalesce(setting("reports") == "on", False)).scalar_subquery()
DECIDERS = sorted(permissions.roles_for(Permission.DECIDE_EVOLUTIONS))
DIRECTORY_MANAGERS = sorted(permissions.roles_for(Permission.MANAGE_DIRECTORY))
ROLLUP_TABLES = (ReportDelta, CostCell, RecurrenceCell, Occurrence, FlowEvent, FlowDelta, FlowCell)


@dataclass(frozen=True)
class Policy:
    """One policy: rows that a command may read (`using`), and rows that it may write (`check`)."""

    table: str
    command: str
    using: Condition | None = None
    check: Condition | None = None

    @property
    def name(self) -> str:
        """Name of the policy, one per table and command."""
        return f"{self.table}_{self.command.lower()}"


def list_policies() -> list[Policy]:
    """Return all policies."""
    people = [*_people(), *_sessions(), *_identities(), *_keys()]
    return [*_tickets(), *_children(), *_meetings(), *_rollups(), *people, *_directory()]


def _tickets() -> Iterator[Policy]:
    # Tickets counted in a technician's reports may belong to other services now: readable in reports only.
    counted = and_(IN_REPORT, func.osit_service_had(Ticket.id))
    visible_ = policy_for_all_roles(visibility.visible, *WRITERS, System.REPORTS)
    yield Policy("ticket", "SELECT", or_(visible_, Ticket.id == ACTING_TICKET, counted))
    yield Policy("ticket", "INSERT", None, has_any_role(*permissions.roles_for(Action.CREATE), *WRITERS))
    acting = {role for action in Action for role in permissions.roles_for(action)}
    lockable = policy_for_all_roles(lambda viewer: visibility.visible(viewer, acting), *WRITERS)
    yield Policy("ticket", "UPDATE", lockable, or_(has_any_role(*WRITERS), Ticket.id == ACTING_TICKET))


def _follows_ticket(
    child: Any, predicate: Predicate, *systems: System, internal_predicate: Predicate | None = None
) -> Condition:
    """Return the condition of rows that are visible if their ticket is, by the ticket's own policy.

    `internal_predicate`: restricts internal rows further.
    """
    reads_internal_ = (
        []
        if internal_predicate is None
        else [or_(child.internal.is_(False), *restricted_conditions(internal_predicate))]
    )
    ticket: Select[Any] = select(sql("1")).select_from(Ticket).where(Ticket.id == child.ticket_id, *reads_internal_)
    return or_(has_any_role(*unrestricted_roles(predicate), *systems), ticket.exists())


def _children() -> Iterator[Policy]:
    reads_activity = visibility.reads_activity, *WRITERS, System.REPORTS
    yield Policy(
        "activity", "SELECT", _follows_ticket(Activity, *reads_activity, internal_predicate=visibility.reads_internal)
    )
    own_activity = and_(Activity.author_id == VIEWER_ID, Activity.ticket_id == ACTING_TICKET)
    yield Policy("activity", "INSERT", None, or_(has_any_role(*WRITERS), own_activity))
    with_ticket = _follows_ticket(Intervention, visibility.visible)
    in_report = case((IN_REPORT, or_(*restricted_conditions(visibility.counts_in_reports))), else_=with_ticket)
    unrestricted = has_any_role(*unrestricted_roles(visibility.counts_in_reports), *WRITERS, System.REPORTS)
    yield Policy("intervention", "SELECT", or_(unrestricted, in_report))
    own = (
        Intervention.technician_id == VIEWER_ID,
        Intervention.service_id == viewer_with_role(Role.TECHNICIAN).service_id,
    )
    own_work = and_(Intervention.ticket_id == ACTING_TICKET, *own)
    yield Policy("intervention", "INSERT", None, or_(has_any_role(*WRITERS), own_work))
    writable = or_(has_any_role(System.DEMO), Intervention.ticket_id == ACTING_TICKET)
    yield Policy("intervention", "UPDATE", writable, writable)
    reads_internal_ = visibility.reads_internal
    for document in (TicketDocument, TicketDocumentPart):
        readable = _follows_ticket(document, reads_internal_, internal_predicate=reads_internal_)
        yield Policy(document.__tablename__, "SELECT", readable)


def _meetings() -> Iterator[Policy]:
    may_decide = has_any_role(*DECIDERS, System.DEMO)
    has_item: Select[Any] = select(sql("1")).select_from(AgendaItem).where(AgendaItem.meeting_id == Meeting.id)
    yield Policy("meeting", "SELECT", or_(may_decide, has_item.exists()))
    yield Policy("meeting", "INSERT", None, may_decide)
    yield Policy("meeting", "UPDATE", may_decide, may_decide)
    yield Policy("agenda_item", "SELECT", _follows_ticket(AgendaItem, visibility.visible, System.DEMO))
    yield Policy("agenda_item", "INSERT", None, may_decide)
    yield Policy("agenda_item", "UPDATE", may_decide, may_decide)
    yield Policy("agenda_item", "DELETE", may_decide)


def _rollups() -> Iterator[Policy]:
    for table_ in ROLLUP_TABLES:  # written by triggers and functions only
        yield Policy(
            table_.__tablename__,
            "SELECT",
            policy_for_all_roles(partial(visibility.reads_rollup, table=table_), System.REPORTS),
        )


def _people() -> Iterator[Policy]:
    is_staff = Person.roles.bool_op("&&")(
        array(sorted(role.value for role in permissions.roles_for(Permission.READ_PEOPLE)))
    )
    # Weaker than `visibility.people`: all staff, without checking that they share a ticket with the viewer.
    others = and_(has_any_role(*Role), or_(is_staff, func.osit_met(Person.id)))
    details = policy_for_all_roles(visibility.reads_details, System.DIRECTORY, *WRITERS)
    yield Policy("person", "SELECT", or_(details, others))
    is_requester = and_(Person.roles == array([Role.REQUESTER.value]), Person.password_hash.is_(None))
    by_operator = and_(has_any_role(*permissions.roles_for(Permission.CREATE_REQUESTER)), is_requester)
    may_change = has_any_role(*DIRECTORY_MANAGERS, System.DIRECTORY, System.DEMO)
    yield Policy(
        "person", "INSERT", None, or_(has_any_role(*DIRECTORY_MANAGERS, System.DIRECTORY, *WRITERS), by_operator)
    )
    yield Policy("person", "UPDATE", may_change, may_change)


def _sessions() -> Iterator[Policy]:
    own_session = or_(
        has_any_role(*DIRECTORY_MANAGERS, System.DIRECTORY, System.PURGE), SessionToken.person_id == VIEWER_ID
    )
    yield Policy("session_token", "SELECT", own_session)
    yield Policy("session_token", "INSERT", None, has_any_role(System.SIGN_IN))
    yield Policy("session_token", "DELETE", own_session)
    own_token = or_(has_any_role(*DIRECTORY_MANAGERS, System.DIRECTORY, System.PURGE), ApiToken.person_id == VIEWER_ID)
    yield Policy("api_token", "SELECT", own_token)
    yield Policy(
        "api_token",
        "INSERT",
        None,
        or_(has_any_role(*DIRECTORY_MANAGERS, System.DIRECTORY), ApiToken.person_id == VIEWER_ID),
    )
    yield Policy("api_token", "DELETE", own_token)
    signing_in, may_delete = has_any_role(System.SIGN_IN), has_any_role(System.SIGN_IN, System.PURGE)
    yield Policy("sign_in_mark", "SELECT", may_delete)
    yield Policy("sign_in_mark", "INSERT", None, signing_in)
    yield Policy("sign_in_mark", "UPDATE", signing_in, signing_in)
    yield Policy("sign_in_mark", "DELETE", may_delete)


def _keys() -> Iterator[Policy]:
    own_key = IdempotencyKey.person_id == VIEWER_ID
    yield Policy("idempotency_key", "SELECT", or_(has_any_role(System.PURGE), own_key))
    yield Policy("idempotency_key", "INSERT", None, own_key)
    yield Policy("idempotency_key", "UPDATE", own_key, own_key)
    yield Policy("idempotency_key", "DELETE", has_any_role(System.PURGE))
    for seals in ("seal", "directory_seal"):  # written by triggers only
        yield Policy(seals, "SELECT", has_any_role(System.AUDIT))
    yield Policy("directory_change", "SELECT", policy_for_all_roles(visibility.reads_directory_changes))


def _identities() -> Iterator[Policy]:
    # `osit user link` writes identities; sign-in calls `osit_identity` for one subject.
    by_directory = has_any_role(System.DIRECTORY)
    yield Policy("identity", "SELECT", by_directory)
    yield Policy("identity", "INSERT", None, by_directory)
    yield Policy("identity", "DELETE", by_directory)


def _directory() -> Iterator[Policy]:
    may_read, may_write = has_any_role(*Role, System.DIRECTORY, *WRITERS), has_any_role(*DIRECTORY_MANAGERS, *WRITERS)
    for table in ("site", "application", "cause", "service"):
        yield Policy(table, "SELECT", may_read)
        yield Policy(table, "INSERT", None, may_write)
        # Logging an intervention locks the technician's service and changes nothing in it.
        own = [sql("service.id") == viewer_with_role(Role.TECHNICIAN).service_id] if table == "service" else []
        yield Policy(table, "UPDATE", or_(may_write, *own), may_write)
    rate_service = SimpleNamespace(id=ServiceRate.service_id)
    yield Policy(
        "service_rate",
        "SELECT",
        policy_for_all_roles(lambda viewer: visibility.reads_rate(viewer, rate_service), *WRITERS),
    )
    for command in ("INSERT", "UPDATE"):
        may_write = has_any_role(*DIRECTORY_MANAGERS, System.DEMO)
        yield Policy("service_rate", command, may_write if command == "UPDATE" else None, may_write)


TABLES_WITH_RLS: Final = sorted({policy.table for policy in list_policies()})
