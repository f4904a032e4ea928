"""THE LAW OF SEEING: one SQL expression per role, the union when somebody has several.

Every SELECT of tickets, of their history, of interventions or of people starts here. What somebody sees only as a
requester they see as a requester does: no internal comment, no cost.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import False_, True_

from osit_graphql.db.models import Activity, AgendaItem, Intervention, Meeting, Ticket, TicketDocument
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.domain.viewer import Viewer

Condition = ColumnElement[bool]
Columns = ColumnElement[Any] | Any
STANDING = Intervention.voided_by.is_(None)


@dataclass(frozen=True)
class RoleVisibility:
    """What a role sees of the tickets that it sees; the README's table is made from these."""

    tickets: str
    internal: bool
    costs: bool
    rates: str


ROLE_VISIBILITY = {
    Role.REQUESTER: RoleVisibility("those whose requester they are", internal=False, costs=False, rates="none"),
    Role.OPERATOR: RoleVisibility("all", internal=True, costs=False, rates="none"),
    Role.TECHNICIAN: RoleVisibility(
        "those now assigned to their service", internal=True, costs=True, rates="their service's"
    ),
    Role.MANAGER: RoleVisibility("all", internal=True, costs=True, rates="all"),
    Role.ADMIN: RoleVisibility("none", internal=False, costs=False, rates="all"),
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


def visible(viewer: Viewer, roles: Collection[Role] | None = None, reach: ApiArea = ApiArea.TICKETS) -> Condition:
    """Return which tickets the viewer sees, through any role or these only; a token none without a scope for them."""
    if not permissions.scopes_allow(viewer.scopes, reach):
        return false()
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    scopes = [scope(role, viewer) for role in sorted(through)]  # « all » is said outright, for `when` to see
    if any(isinstance(each, True_) for each in scopes):
        return true()
    some = [each for each in scopes if not isinstance(each, False_)]
    return or_(*some) if some else false()


def tickets(viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None) -> Select[Any]:
    """Start a SELECT of the tickets that the viewer sees; a write gives the roles that hold its action."""
    reach = ApiArea.TICKETS if roles is None else ApiArea.WORK
    return select(*columns).select_from(Ticket).where(visible(viewer, roles, reach))


def held_ticket(viewer: Viewer, ticket_id: Any, *columns: Columns, roles: Collection[Role]) -> Select[Any]:
    """Start the SELECT that holds the ticket acted on until the transaction ends, seen through these roles.

    PostgreSQL is told once the row is held: from then on row security lets this one ticket be written on, and be read
    still when it has left the viewer's sight.
    """
    held = tickets(viewer, *columns, roles=roles).where(Ticket.id == ticket_id).with_for_update(of=Ticket).subquery()
    return select(held, acting_on(held.c.id))


def acting_on(ticket_id: Columns) -> ColumnElement[Any]:
    """Return what tells PostgreSQL, from its row, which ticket is acted on."""
    return func.set_config("osit.acting", cast(ticket_id, Text), True).label("acting")


def seen_through(viewer: Viewer) -> ColumnElement[Any]:
    """Return, for each ticket, the viewer's roles that see it and may act: what `rules.allowed_actions` asks for."""
    acts = permissions.scopes_allow(viewer.scopes, ApiArea.WORK)
    seeing = [case((scope(role, viewer) if acts else false(), literal(str(role)))) for role in sorted(viewer.roles)]
    return func.array_remove(array(seeing), None)


def reads_internal(viewer: Viewer) -> Condition:
    """Return on which tickets the viewer reads internal comments."""
    return visible(viewer, [role for role, sight in ROLE_VISIBILITY.items() if sight.internal])


def reads_costs(viewer: Viewer) -> Condition:
    """Return on which tickets the viewer sees minutes, rates and amounts."""
    return visible(viewer, [role for role, sight in ROLE_VISIBILITY.items() if sight.costs])


def activities(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the history that the viewer sees: it follows the ticket, whoever wrote it."""
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(reads_activity(viewer))


def reads_activity(viewer: Viewer) -> Condition:
    """Return, beside `Ticket`, which rows of its history the viewer reads."""
    return or_(reads_internal(viewer), and_(visible(viewer), not_(Activity.internal)))


def reads_document(viewer: Viewer) -> Condition:
    """Return, beside `Ticket`, which of a ticket's documents the viewer reads: one, with internal comments or not."""
    within, without = not_(TicketDocument.superseded), not_(TicketDocument.internal)
    if len(internal := _internal(viewer)) == 1:
        return within if internal == {True} else without
    return case((reads_internal(viewer), within), else_=without)


def answering(viewer: Viewer, query: Columns, limit: int | None = None) -> Condition:
    """Return which of the tickets around have a document that matches, as the viewer may read it.

    Their numbers are worked out first, by the documents' own index and nothing else, in a function that has this same
    law in it (`wall`); the SELECT around keeps to what the viewer sees. `limit`: of so many of them.
    """

    def among(*, inward: bool) -> Condition:
        numbers = select(func.osit_answering(query, inward, limit, type_=ARRAY(Integer))).scalar_subquery()
        found: Condition = Ticket.id == any_(cast(numbers, ARRAY(Integer)))
        return found

    if len(internal := _internal(viewer)) == 1:
        return among(inward=internal == {True})
    inward = reads_internal(viewer)
    return or_(and_(inward, among(inward=True)), and_(not_(inward), among(inward=False)))


def ranked(viewer: Viewer, query: Columns, words: Columns) -> Any:
    """Return what `answering` finds as a table, `id` and `rank`: nothing more is looked up for what no page shows."""
    found = func.osit_ranked(query, words, True in _internal(viewer))
    return found.table_valued(column("id", Integer), column("rank", Double), name="found").render_derived()


def _internal(viewer: Viewer) -> set[bool]:
    """Whether the roles that see tickets read internal comments: both when it is each ticket's to say."""
    return {ROLE_VISIBILITY[role].internal for role in viewer.roles if ROLE_VISIBILITY[role].tickets != "none"} or {
        False
    }


def with_documents(viewer: Viewer, statement: Select[Any]) -> Select[Any]:
    """Join a SELECT of visible tickets with what search reads of each."""
    return statement.join(TicketDocument, and_(TicketDocument.ticket_id == Ticket.id, reads_document(viewer)))


def receipts(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the history that the viewer wrote: an action's answer, whatever came of the ticket."""
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    mine = Activity.author_id + 0 == viewer.user_id  # by no index: it would look at all that they ever wrote
    return select(*columns).select_from(joined).where(mine)


def interventions(
    viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None, own: Collection[Role] = ()
) -> Select[Any]:
    """Start a SELECT of the interventions on the tickets that the viewer sees; what they cost is `reads_costs`'s.

    `own`: those of the roles that reach the viewer's own interventions only.
    """
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    mine = and_(visible(viewer, through & frozenset(own), ApiArea.WORK), Intervention.technician_id == viewer.user_id)
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    return (
        select(*columns).select_from(joined).where(or_(visible(viewer, through - frozenset(own), ApiArea.WORK), mine))
    )


def meetings(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the meetings that the viewer reads: a manager all, others those with a ticket they see."""
    started = select(*columns).select_from(Meeting)
    if permissions.has_permission(viewer.roles, Permission.DECIDE_EVOLUTIONS):
        return started
    item = agenda(viewer, literal(1)).where(AgendaItem.meeting_id == Meeting.id)
    return started.where(exists(item.correlate(Meeting)))


def agenda(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the agenda items whose ticket the viewer sees."""
    joined = AgendaItem.__table__.join(Ticket.__table__, AgendaItem.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(visible(viewer))


def reads_records(viewer: Viewer) -> bool:
    """Whether the viewer reads the minutes of meetings."""
    return permissions.has_permission(viewer.roles, Permission.DECIDE_EVOLUTIONS) and permissions.scopes_allow(
        viewer.scopes, ApiArea.TICKETS
    )


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


def when(shown: Condition, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value where it may be shown, null elsewhere."""
    return value if isinstance(shown, True_) else case((shown, value))
