"""THE LAW OF SEEING: one SQL expression per role, the union when somebody has several.

Every SELECT of tickets, of their history, of interventions or of people starts here. What somebody sees only as a
requester they see as a requester does: no internal comment, no cost.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Select, and_, any_, case, exists, false, func, literal, not_, or_, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import True_

from osit_graphql import rules
from osit_graphql.models import (
    Activity,
    AgendaItem,
    FlowEvent,
    Intervention,
    Meeting,
    Person,
    Service,
    Ticket,
    TicketDocument,
)
from osit_graphql.viewer import Viewer
from osit_graphql.vocabulary import Right, Role

Condition = ColumnElement[bool]
Columns = ColumnElement[Any] | Any
STANDING = Intervention.voided_by.is_(None)


@dataclass(frozen=True)
class Sight:
    """What a role sees of the tickets that it sees; the README's table is made from these."""

    tickets: str
    internal: bool
    costs: bool
    rates: str


SIGHTS = {
    Role.REQUESTER: Sight("those whose requester they are", internal=False, costs=False, rates="none"),
    Role.OPERATOR: Sight("all", internal=True, costs=False, rates="none"),
    Role.TECHNICIAN: Sight("those now assigned to their service", internal=True, costs=True, rates="their service's"),
    Role.MANAGER: Sight("all", internal=True, costs=True, rates="all"),
    Role.ADMIN: Sight("none", internal=False, costs=False, rates="all"),
}


def scope(role: Role, viewer: Viewer) -> Condition:
    """Return which tickets this very role lets the viewer see."""
    match role:
        case Role.REQUESTER:
            return Ticket.requester_id == viewer.user_id
        case Role.TECHNICIAN:
            return Ticket.service_id == viewer.service_id if viewer.service_id is not None else false()
        case Role.OPERATOR | Role.MANAGER:
            return true()
        case Role.ADMIN:
            return false()
        case other:
            assert_never(other)


def visible(viewer: Viewer, roles: Collection[Role] | None = None) -> Condition:
    """Return which tickets the viewer sees, through any of their roles or through these only; none when none."""
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    scopes = [scope(role, viewer) for role in sorted(through)]  # « all » is said outright, for `when` to see
    return true() if any(isinstance(each, True_) for each in scopes) else or_(false(), *scopes)


def tickets(viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None) -> Select[Any]:
    """Start a SELECT of the tickets that the viewer sees; a write gives the roles that hold its action."""
    return select(*columns).select_from(Ticket).where(visible(viewer, roles))


def seen_through(viewer: Viewer) -> ColumnElement[Any]:
    """Return, for each ticket, the viewer's roles that see it: what `rules.allowed_actions` asks for."""
    seeing = [case((scope(role, viewer), literal(str(role)))) for role in sorted(viewer.roles)]
    return func.array_remove(array(seeing), None)


def reads_internal(viewer: Viewer) -> Condition:
    """Return on which tickets the viewer reads internal comments."""
    return visible(viewer, [role for role, sight in SIGHTS.items() if sight.internal])


def reads_costs(viewer: Viewer) -> Condition:
    """Return on which tickets the viewer sees minutes, rates and amounts."""
    return visible(viewer, [role for role, sight in SIGHTS.items() if sight.costs])


def activities(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the history that the viewer sees: it follows the ticket, whoever wrote it."""
    readable = or_(reads_internal(viewer), and_(visible(viewer), not_(Activity.internal)))
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(readable)


def reads_document(viewer: Viewer) -> Condition:
    """Return, beside `Ticket`, which of a ticket's documents the viewer reads: one, with internal comments or not."""
    within, without = not_(TicketDocument.superseded), not_(TicketDocument.internal)
    if len(internal := _internal(viewer)) == 1:
        return within if internal == {True} else without
    return case((reads_internal(viewer), within), else_=without)


def answering(viewer: Viewer, matching: Condition, limit: int | None = None) -> Condition:
    """Return which of the tickets around have a document that matches, as the viewer may read it.

    Their numbers are worked out first, by the documents' own index and nothing else; the SELECT around keeps to what
    the viewer sees. Under row security a function gives the numbers. `limit`: of so many of them.
    """

    def among(read: Condition) -> Condition:
        numbers = select(TicketDocument.ticket_id).where(read, matching).limit(limit)
        found: Condition = Ticket.id == any_(func.array(numbers.scalar_subquery()))
        return found

    within, without = not_(TicketDocument.superseded), not_(TicketDocument.internal)
    if len(internal := _internal(viewer)) == 1:
        return among(within if internal == {True} else without)
    inward = reads_internal(viewer)
    return or_(and_(inward, among(within)), and_(not_(inward), among(without)))


def ranked(viewer: Viewer, matching: Condition, rank: Columns) -> Select[Any] | None:
    """Start a SELECT of the numbers of the tickets that `answering` finds, each with its document's rank.

    Read where the index finds them, with the tickets left for whoever joins them. None for a viewer who reads internal
    comments of some tickets only: which of its documents counts is then each ticket's to say.
    """
    if len(internal := _internal(viewer)) > 1:
        return None
    read = not_(TicketDocument.superseded if internal == {True} else TicketDocument.internal)
    return select(TicketDocument.ticket_id.label("id"), rank.label("rank")).where(read, matching)


def _internal(viewer: Viewer) -> set[bool]:
    """Whether the roles that see tickets read internal comments: both when it is each ticket's to say."""
    return {SIGHTS[role].internal for role in viewer.roles if SIGHTS[role].tickets != "none"} or {False}


def with_documents(viewer: Viewer, statement: Select[Any]) -> Select[Any]:
    """Join a SELECT of visible tickets with what search reads of each."""
    return statement.join(TicketDocument, and_(TicketDocument.ticket_id == Ticket.id, reads_document(viewer)))


def receipts(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the history that the viewer wrote: an action's answer, whatever came of the ticket."""
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(Activity.author_id == viewer.user_id)


def interventions(
    viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None, own: Collection[Role] = ()
) -> Select[Any]:
    """Start a SELECT of the interventions on the tickets that the viewer sees; what they cost is `reads_costs`'s.

    `own`: those of the roles that reach the viewer's own interventions only.
    """
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    mine = and_(visible(viewer, through & frozenset(own)), Intervention.technician_id == viewer.user_id)
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(or_(visible(viewer, through - frozenset(own)), mine))


def meetings(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the meetings that the viewer reads: a manager all, others those with a ticket they see."""
    started = select(*columns).select_from(Meeting)
    if rules.may(viewer.roles, Right.DECIDE_EVOLUTIONS):
        return started
    item = agenda(viewer, literal(1)).where(AgendaItem.meeting_id == Meeting.id)
    return started.where(exists(item.correlate(Meeting)))


def agenda(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the agenda items whose ticket the viewer sees."""
    joined = AgendaItem.__table__.join(Ticket.__table__, AgendaItem.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(visible(viewer))


def reads_records(viewer: Viewer) -> bool:
    """Whether the viewer reads the minutes of meetings."""
    return rules.may(viewer.roles, Right.DECIDE_EVOLUTIONS)


def lines(ticket_id: Columns, *columns: Columns) -> Select[Any]:
    """Start a sub-SELECT of the standing interventions of a ticket that the statement around it shows already."""
    return select(*columns).select_from(Intervention).where(Intervention.ticket_id == ticket_id, STANDING)


def reads_all_work(viewer: Viewer) -> bool:
    """Whether the viewer's reports are on everything, not on the work of their service only."""
    return Role.MANAGER in viewer.roles


def works(viewer: Viewer) -> Condition:
    """Return which interventions are in the viewer's reports: all, or their service's, wherever the ticket is now."""
    if reads_all_work(viewer):
        return true()
    return Intervention.service_id == viewer.service_id if viewer.service_id is not None else false()


def worked(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the standing interventions in the viewer's reports, beside their tickets."""
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(STANDING, works(viewer))


def work_to_price(service_id: int, *columns: Columns) -> Select[Any]:
    """Start a SELECT of a service's interventions without a rate: what a rate dated back prices, shown to nobody."""
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    started = select(*columns).select_from(joined)
    return started.where(Intervention.service_id == service_id, Intervention.hourly_rate.is_(None))


def report_scope(viewer: Viewer) -> int | None:
    """Return whose figures the viewer's reports are on: a service's, 0 for all of them, None for nobody's."""
    return 0 if reads_all_work(viewer) else viewer.service_id


def flow(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the comings and goings of tickets in the viewer's reports: of all, or while their service's."""
    started = select(*columns).select_from(FlowEvent)
    if reads_all_work(viewer):
        return started
    return started.where(FlowEvent.service_id == viewer.service_id if viewer.service_id is not None else false())


def reads_people(viewer: Viewer) -> bool:
    """Whether the viewer reads the directory of people."""
    return rules.may(viewer.roles, Right.READ_PEOPLE)


def reads_details(viewer: Viewer, person: Any = Person) -> Condition:
    """Return of whom the viewer reads e-mail, phone, roles, site and state: of everybody, or of oneself."""
    return true() if reads_people(viewer) else person.id == viewer.user_id


def people(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the people that the viewer may meet: all, or oneself and those on the tickets one sees."""
    started = select(*columns).select_from(Person)
    return started if reads_people(viewer) else started.where(or_(reads_details(viewer), _met(viewer)))


def named_people(*columns: Columns) -> Select[Any]:
    """Start a SELECT of people who are named by rows that the viewer sees already."""
    return select(*columns).select_from(Person)


def when(shown: Condition, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value where it may be shown, null elsewhere."""
    return value if isinstance(shown, True_) else case((shown, value))


def _met(viewer: Viewer) -> Condition:
    """Whoever stands on a visible ticket, or in a row of its history that the viewer reads."""
    on_ticket = tickets(viewer, literal(1)).where(
        or_(*(column == Person.id for column in (Ticket.requester_id, Ticket.operator_id, Ticket.assignee_id)))
    )
    named = (Activity.author_id, Activity.assignee_id, Activity.from_requester_id, Activity.to_requester_id)
    in_history = activities(viewer, literal(1)).where(or_(*(column == Person.id for column in named)))
    return or_(exists(on_ticket.correlate(Person)), exists(in_history.correlate(Person)))


def reads_rate(viewer: Viewer, service: Any = Service) -> Condition:
    """Return of which services the viewer reads the hourly rate."""
    if viewer.roles & {Role.MANAGER, Role.ADMIN}:
        return true()
    return service.id == viewer.service_id if viewer.service_id is not None else false()
