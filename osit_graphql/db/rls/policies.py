"""Which rows each command reaches, table by table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Integer, Select, and_, case, func, or_, select
from sqlalchemy import literal_column as written
from sqlalchemy.dialects.postgresql import array

from osit_graphql.db import people_visibility, report_visibility, visibility
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
)
from osit_graphql.db.rls.viewer_expressions import Law, asker, held, lifted, number, partly, setting, wholly
from osit_graphql.db.visibility import Condition
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, Permission, Role
from osit_graphql.domain.viewer import System

WRITERS = (System.IMPORT, System.DEMO)
ACTING = number("acting", kind=Integer)  # the ticket that this transaction has locked through visibility
ME = number("person")
# A report is read, and nothing else. Never null: PostgreSQL would go on to what stands beside it.
REPORTING = select(func.coalesce(setting("reports") == "on", False)).scalar_subquery()
DECIDERS = sorted(permissions.roles_for(Permission.DECIDE_EVOLUTIONS))
MANAGERS = sorted(permissions.roles_for(Permission.MANAGE_DIRECTORY))
FIGURES = (ReportDelta, CostCell, RecurrenceCell, Occurrence, FlowEvent, FlowDelta, FlowCell)


@dataclass(frozen=True)
class Policy:
    """One policy: the rows that a command finds (`using`), and those that it may leave behind (`check`)."""

    table: str
    command: str
    using: Condition | None = None
    check: Condition | None = None

    @property
    def name(self) -> str:
        """Its name: one for each command of a table."""
        return f"{self.table}_{self.command.lower()}"


def list_policies() -> list[Policy]:
    """Return every policy, in the order of the tables."""
    people = [*_people(), *_sessions(), *_identities(), *_keys()]
    return [*_tickets(), *_children(), *_meetings(), *_figures(), *people, *_things()]


def _tickets() -> Iterator[Policy]:
    # What a technician's reports count may be elsewhere by now: seen while such a report is read, and only then.
    counted = and_(REPORTING, func.osit_service_had(Ticket.id))
    seen = lifted(visibility.visible, *WRITERS, System.REPORTS)
    yield Policy("ticket", "SELECT", or_(seen, Ticket.id == ACTING, counted))
    yield Policy("ticket", "INSERT", None, held(*permissions.roles_for(Action.CREATE), *WRITERS))
    acting = {role for action in Action for role in permissions.roles_for(action)}
    approached = lifted(lambda viewer: visibility.visible(viewer, acting), *WRITERS)
    yield Policy("ticket", "UPDATE", approached, or_(held(*WRITERS), Ticket.id == ACTING))


def _following(child: Any, law: Law, *systems: System, within: Law | None = None) -> Condition:
    """Return which rows follow their ticket, whose own policy PostgreSQL asks; `within`: also what is internal."""
    inward = [] if within is None else [or_(child.internal.is_(False), *partly(within))]
    ticket: Select[Any] = select(written("1")).select_from(Ticket).where(Ticket.id == child.ticket_id, *inward)
    return or_(held(*wholly(law), *systems), ticket.exists())


def _children() -> Iterator[Policy]:
    read = visibility.reads_activity, *WRITERS, System.REPORTS
    yield Policy("activity", "SELECT", _following(Activity, *read, within=visibility.reads_internal))
    wrote = and_(Activity.author_id == ME, Activity.ticket_id == ACTING)
    yield Policy("activity", "INSERT", None, or_(held(*WRITERS), wrote))
    followed = _following(Intervention, visibility.visible)
    lines = case((REPORTING, or_(*partly(visibility.works))), else_=followed)
    everything = held(*wholly(visibility.works), *WRITERS, System.REPORTS)
    yield Policy("intervention", "SELECT", or_(everything, lines))
    own = Intervention.technician_id == ME, Intervention.service_id == asker(Role.TECHNICIAN).service_id
    worked = and_(Intervention.ticket_id == ACTING, *own)
    yield Policy("intervention", "INSERT", None, or_(held(*WRITERS), worked))
    taken_back = or_(held(System.DEMO), Intervention.ticket_id == ACTING)
    yield Policy("intervention", "UPDATE", taken_back, taken_back)
    inward = visibility.reads_internal
    yield Policy("ticket_document", "SELECT", _following(TicketDocument, inward, within=inward))


def _meetings() -> Iterator[Policy]:
    deciding = held(*DECIDERS, System.DEMO)
    listed: Select[Any] = select(written("1")).select_from(AgendaItem).where(AgendaItem.meeting_id == Meeting.id)
    yield Policy("meeting", "SELECT", or_(deciding, listed.exists()))
    yield Policy("meeting", "INSERT", None, deciding)
    yield Policy("meeting", "UPDATE", deciding, deciding)
    yield Policy("agenda_item", "SELECT", _following(AgendaItem, visibility.visible, System.DEMO))
    yield Policy("agenda_item", "INSERT", None, deciding)
    yield Policy("agenda_item", "UPDATE", deciding, deciding)
    yield Policy("agenda_item", "DELETE", deciding)


def _figures() -> Iterator[Policy]:
    for kept in FIGURES:  # written by triggers and functions alone
        yield Policy(
            kept.__tablename__, "SELECT", lifted(partial(report_visibility.reads_figures, kept=kept), System.REPORTS)
        )


def _people() -> Iterator[Policy]:
    staff = Person.roles.bool_op("&&")(
        array(sorted(role.value for role in permissions.roles_for(Permission.READ_PEOPLE)))
    )
    # Weaker than the first wall, which knows only those met: whoever works at the desk, without looking for where.
    others = and_(held(*Role), or_(staff, func.osit_met(Person.id)))
    details = lifted(people_visibility.reads_details, System.DIRECTORY, *WRITERS)
    yield Policy("person", "SELECT", or_(details, others))
    mere = and_(Person.roles == array([Role.REQUESTER.value]), Person.password_hash.is_(None))
    desk = and_(held(*permissions.roles_for(Permission.CREATE_REQUESTER)), mere)
    everybody = held(*MANAGERS, System.DIRECTORY, System.DEMO)
    yield Policy("person", "INSERT", None, or_(held(*MANAGERS, System.DIRECTORY, *WRITERS), desk))
    yield Policy("person", "UPDATE", everybody, everybody)


def _sessions() -> Iterator[Policy]:
    ended = or_(held(*MANAGERS, System.DIRECTORY, System.PURGE), SessionToken.person_id == ME)
    yield Policy("session_token", "SELECT", ended)
    yield Policy("session_token", "INSERT", None, held(System.SIGN_IN))
    yield Policy("session_token", "DELETE", ended)
    revoked = or_(held(*MANAGERS, System.DIRECTORY, System.PURGE), ApiToken.person_id == ME)
    yield Policy("api_token", "SELECT", revoked)
    yield Policy("api_token", "INSERT", None, or_(held(*MANAGERS, System.DIRECTORY), ApiToken.person_id == ME))
    yield Policy("api_token", "DELETE", revoked)
    knocking, forgetting = held(System.SIGN_IN), held(System.SIGN_IN, System.PURGE)
    yield Policy("sign_in_mark", "SELECT", forgetting)
    yield Policy("sign_in_mark", "INSERT", None, knocking)
    yield Policy("sign_in_mark", "UPDATE", knocking, knocking)
    yield Policy("sign_in_mark", "DELETE", forgetting)


def _keys() -> Iterator[Policy]:
    mine = IdempotencyKey.person_id == ME
    yield Policy("idempotency_key", "SELECT", or_(held(System.PURGE), mine))
    yield Policy("idempotency_key", "INSERT", None, mine)
    yield Policy("idempotency_key", "UPDATE", mine, mine)
    yield Policy("idempotency_key", "DELETE", held(System.PURGE))
    yield Policy("seal", "SELECT", held(System.AUDIT))  # written by triggers alone


def _identities() -> Iterator[Policy]:
    # Whoever runs OSIT links people; whoever signs in asks `osit_identity`, of one subject at a time.
    running = held(System.DIRECTORY)
    yield Policy("identity", "SELECT", running)
    yield Policy("identity", "INSERT", None, running)
    yield Policy("identity", "DELETE", running)


def _things() -> Iterator[Policy]:
    somebody, keeping = held(*Role, System.DIRECTORY, *WRITERS), held(*MANAGERS, *WRITERS)
    for table in ("site", "application", "cause", "service"):
        yield Policy(table, "SELECT", somebody)
        yield Policy(table, "INSERT", None, keeping)
        # Whoever logs an intervention holds their service's row, and changes nothing there.
        own = [written("service.id") == asker(Role.TECHNICIAN).service_id] if table == "service" else []
        yield Policy(table, "UPDATE", or_(keeping, *own), keeping)
    rated = SimpleNamespace(id=ServiceRate.service_id)
    yield Policy("service_rate", "SELECT", lifted(lambda viewer: people_visibility.reads_rate(viewer, rated), *WRITERS))
    for command in ("INSERT", "UPDATE"):
        keeping = held(*MANAGERS, System.DEMO)
        yield Policy("service_rate", command, keeping if command == "UPDATE" else None, keeping)


WALLED: Final = sorted({policy.table for policy in list_policies()})
