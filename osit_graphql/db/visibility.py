"""Visibility: the rows that a viewer sees, as SQL conditions. One condition per role, their union for several roles.

Every SELECT of tickets, history, interventions, meetings, people or report rollups starts here. A ticket that is
visible only through the role REQUESTER shows no internal comments and no costs.
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
    tuple_,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import False_, True_

from osit_graphql.db.models import (
    Activity,
    AgendaItem,
    DirectoryChange,
    FlowEvent,
    Intervention,
    Meeting,
    Occurrence,
    Person,
    Service,
    Ticket,
    TicketDocument,
)
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.domain.viewer import Viewer

Condition = ColumnElement[bool]
Columns = ColumnElement[Any] | Any
_technician = Person.__table__.alias("technician")
SERVING = select(_technician.c.id, _technician.c.service_id).where(
    _technician.c.active, _technician.c.service_id.is_not(None)
)
"""The people who serve, with their services; one object of Core, because filters may repeat it a hundred times."""
RANKED = "found"
"""The table of `ranked_matches`."""
NOT_VOIDED = Intervention.voided_by.is_(None)


@dataclass(frozen=True)
class RoleVisibility:
    """Visibility of one role, as shown in `docs/permissions.md`, which is generated from it."""

    tickets: str
    internal: bool
    costs: bool
    rates: str


ROLE_VISIBILITY = {
    Role.REQUESTER: RoleVisibility("those they requested", internal=False, costs=False, rates="none"),
    Role.OPERATOR: RoleVisibility("all", internal=True, costs=False, rates="none"),
    Role.TECHNICIAN: RoleVisibility(
        "those now assigned to their service", internal=True, costs=True, rates="their service's"
    ),
    Role.MANAGER: RoleVisibility("all", internal=True, costs=True, rates="all"),
    Role.ADMIN: RoleVisibility("none", internal=False, costs=False, rates="all"),
}


def tickets_of_role(role: Role, viewer: Viewer) -> Condition:
    """Return the tickets visible to the viewer through one role."""
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


def visible(viewer: Viewer, roles: Collection[Role] | None = None, area: ApiArea = ApiArea.TICKETS) -> Condition:
    """Return the tickets visible to the viewer through any of their roles, or through these only.

    An API token needs a scope for this area of the API.
    """
    if not permissions.scopes_allow(viewer.scopes, area):
        return false()
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    scopes = [tickets_of_role(role, viewer) for role in sorted(through)]
    # Exactly `true` where all tickets are visible: `null_unless` tests for it.
    if any(isinstance(each, True_) for each in scopes):
        return true()
    some = [each for each in scopes if not isinstance(each, False_)]
    return or_(*some) if some else false()


def tickets(viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None) -> Select[Any]:
    """Start a SELECT of visible tickets. A command names the roles that are allowed its action."""
    area = ApiArea.TICKETS if roles is None else ApiArea.WORK
    return select(*columns).select_from(Ticket).where(visible(viewer, roles, area))


def lock_ticket(viewer: Viewer, ticket_id: Any, *columns: Columns, roles: Collection[Role]) -> Select[Any]:
    """Start the SELECT that locks a ticket, visible through these roles, until the transaction ends.

    It sets `osit.acting`, so that row-level security allows writing on this ticket, and reading it afterwards even if
    it is no longer visible to the viewer.
    """
    locked = tickets(viewer, *columns, roles=roles).where(Ticket.id == ticket_id).with_for_update(of=Ticket).subquery()
    return select(locked, set_acting_ticket(locked.c.id))


def set_acting_ticket(ticket_id: Columns) -> ColumnElement[Any]:
    """Return the expression that sets `osit.acting` to the ticket of a row."""
    return func.set_config("osit.acting", cast(ticket_id, Text), True).label("acting")


def roles_that_see(viewer: Viewer) -> ColumnElement[Any]:
    """Return, per ticket, the viewer's roles through which it is visible; none if the API token may not write.

    `allowed_actions` needs them.
    """
    acts = permissions.scopes_allow(viewer.scopes, ApiArea.WORK)
    names = [
        case((tickets_of_role(role, viewer) if acts else false(), literal(str(role)))) for role in sorted(viewer.roles)
    ]
    return func.array_remove(array(names), None)


def reads_internal(viewer: Viewer) -> Condition:
    """Return the tickets whose internal comments the viewer may read."""
    return visible(viewer, [role for role, visibility in ROLE_VISIBILITY.items() if visibility.internal])


def reads_costs(viewer: Viewer) -> Condition:
    """Return the tickets whose minutes, rates and amounts the viewer may see."""
    return visible(viewer, [role for role, visibility in ROLE_VISIBILITY.items() if visibility.costs])


def activities(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of visible activities. History is visible with its ticket, regardless of the author."""
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(reads_activity(viewer))


def reads_activity(viewer: Viewer) -> Condition:
    """Return the activities that the viewer may read, in a SELECT that joins `Ticket`."""
    return or_(reads_internal(viewer), and_(visible(viewer), not_(Activity.internal)))


def reads_document(viewer: Viewer) -> Condition:
    """Return the full-text document that the viewer may read, in a SELECT that joins `Ticket`: one per ticket."""
    with_internal, without_internal = not_(TicketDocument.superseded), not_(TicketDocument.internal)
    if len(internal := _internal(viewer)) == 1:
        return with_internal if internal == {True} else without_internal
    return case((reads_internal(viewer), with_internal), else_=without_internal)


def matches_search(viewer: Viewer, query: Columns, limit: int | None = None) -> Condition:
    """Return the tickets with a full-text document that matches `query` and that the viewer may read.

    A SECURITY DEFINER function with the same predicates (`db.rls.functions`) searches the index; the SELECT around it
    must be restricted to visible tickets. `limit`: maximum number of matches.
    """

    def matching(*, with_internal: bool) -> Condition:
        numbers = select(func.osit_answering(query, with_internal, limit, type_=ARRAY(Integer))).scalar_subquery()
        matches: Condition = Ticket.id == any_(cast(numbers, ARRAY(Integer)))
        return matches

    if len(internal := _internal(viewer)) == 1:
        return matching(with_internal=internal == {True})
    internal_readable = reads_internal(viewer)
    return or_(
        and_(internal_readable, matching(with_internal=True)),
        and_(not_(internal_readable), matching(with_internal=False)),
    )


def ranked_matches(viewer: Viewer, query: Columns, words: Columns) -> Any:
    """Return the matches of a search with their ranks, as a table with the columns `id` and `rank`."""
    matches = func.osit_ranked(query, words, True in _internal(viewer))
    return matches.table_valued(column("id", Integer), column("rank", Double), name=RANKED).render_derived(name=RANKED)


def join_ranked(statement: Select[Any], ranked: Any) -> Select[Any]:
    """Join a SELECT of visible tickets with `ranked_matches`."""
    return statement.join(ranked, ranked.c.id == Ticket.id)


def _internal(viewer: Viewer) -> set[bool]:
    """Return whether the viewer's roles read internal comments; both values if it depends on the ticket."""
    return {ROLE_VISIBILITY[role].internal for role in viewer.roles if ROLE_VISIBILITY[role].tickets != "none"} or {
        False
    }


def join_documents(viewer: Viewer, statement: Select[Any]) -> Select[Any]:
    """Join a SELECT of visible tickets with the full-text documents that the viewer may read."""
    return statement.join(TicketDocument, and_(TicketDocument.ticket_id == Ticket.id, reads_document(viewer)))


def own_activities(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the viewer's own activities: a command's result, even if its ticket is no longer visible."""
    joined = Activity.__table__.join(Ticket.__table__, Activity.ticket_id == Ticket.id)
    # `+ 0` prevents the index on the author, which would read all activities of the author.
    mine = Activity.author_id + 0 == viewer.user_id
    return select(*columns).select_from(joined).where(mine)


def interventions(
    viewer: Viewer, *columns: Columns, roles: Collection[Role] | None = None, own: Collection[Role] = ()
) -> Select[Any]:
    """Start a SELECT of the interventions on visible tickets. `reads_costs` decides whether costs are visible.

    `own`: the roles that are limited to the viewer's own interventions.
    """
    through = viewer.roles if roles is None else viewer.roles & frozenset(roles)
    mine = and_(visible(viewer, through & frozenset(own), ApiArea.WORK), Intervention.technician_id == viewer.user_id)
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    return (
        select(*columns).select_from(joined).where(or_(visible(viewer, through - frozenset(own), ApiArea.WORK), mine))
    )


def meetings(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of visible meetings: all for MANAGER, for others those with a visible ticket on the agenda."""
    started = select(*columns).select_from(Meeting)
    if permissions.has_permission(viewer.roles, Permission.DECIDE_EVOLUTIONS):
        return started
    item = agenda(viewer, literal(1)).where(AgendaItem.meeting_id == Meeting.id)
    return started.where(exists(item.correlate(Meeting)))


def agenda(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the agenda items whose ticket is visible."""
    joined = AgendaItem.__table__.join(Ticket.__table__, AgendaItem.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(visible(viewer))


def reads_minutes(viewer: Viewer) -> bool:
    """Return whether the viewer may read the minutes of meetings."""
    return permissions.has_permission(viewer.roles, Permission.DECIDE_EVOLUTIONS) and permissions.scopes_allow(
        viewer.scopes, ApiArea.TICKETS
    )


def interventions_of(ticket_id: Columns, *columns: Columns) -> Select[Any]:
    """Start a sub-SELECT of the interventions, not voided, of a ticket that the outer SELECT has found visible."""
    return select(*columns).select_from(Intervention).where(Intervention.ticket_id == ticket_id, NOT_VOIDED)


def reports_on_all_services(viewer: Viewer) -> bool:
    """Return whether the viewer's reports cover all services, instead of their own service."""
    return Role.MANAGER in viewer.roles


def counts_in_reports(viewer: Viewer) -> Condition:
    """Return the interventions that the viewer's reports count: all, or their service's, wherever the ticket is now."""
    if reports_on_all_services(viewer):
        return true()
    return Intervention.service_id == viewer.service_id if viewer.service_id is not None else false()


def reported_interventions(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the interventions, not voided, in the viewer's reports, joined with their tickets."""
    joined = Intervention.__table__.join(Ticket.__table__, Intervention.ticket_id == Ticket.id)
    return select(*columns).select_from(joined).where(NOT_VOIDED, counts_in_reports(viewer))


def counts_as_reopened(*, on_services: bool) -> Condition:
    """Return the interventions, joined with their tickets, whose tickets a report counts as reopened.

    `on_services`: reopened before the ticket last left the intervention's service, instead of ever.
    """
    ever: Condition = Ticket.reopen_count > 0
    if not on_services:
        return ever
    keys = (Occurrence.ticket_id, Occurrence.cause_id, Occurrence.service_id)
    same = (key == getattr(Intervention, key.name) for key in keys)
    return and_(ever, select(Occurrence.own_reopened).where(*same).correlate(Intervention).scalar_subquery())


def null_unless(shown: Condition, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the value where the condition holds, else null."""
    return value if isinstance(shown, True_) else case((shown, value))


def reads_people(viewer: Viewer) -> bool:
    """Return whether the viewer may read the names of all people."""
    return permissions.has_permission(viewer.roles, Permission.READ_PEOPLE) and permissions.scopes_allow(
        viewer.scopes, ApiArea.NAMES
    )


def reads_all_details(viewer: Viewer) -> bool:
    """Return whether the viewer may read all people's e-mail, phone, roles and site, and filter by them."""
    return permissions.has_permission(viewer.roles, Permission.READ_PEOPLE) and permissions.scopes_allow(
        viewer.scopes, ApiArea.DIRECTORY
    )


def reads_details(viewer: Viewer, person: Any = Person) -> Condition:
    """Return the people whose e-mail, phone, roles and site the viewer may read: all, or oneself."""
    return true() if reads_all_details(viewer) else person.id == viewer.user_id


def people(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of visible people: all, or oneself and those named on visible tickets."""
    started = select(*columns).select_from(Person)
    return started if reads_people(viewer) else started.where(or_(Person.id == viewer.user_id, shares_a_ticket(viewer)))


def reads_directory_changes(viewer: Viewer) -> Condition:
    """Return the changes in the directory's history that the viewer may read: all or none."""
    reads = permissions.has_permission(viewer.roles, Permission.READ_DIRECTORY_CHANGES)
    return true() if reads and permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY) else false()


def directory_changes(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of visible changes in the directory's history."""
    return select(*columns).select_from(DirectoryChange).where(reads_directory_changes(viewer))


def people_already_visible(*columns: Columns) -> Select[Any]:
    """Start a SELECT of people who are named in rows that are visible already."""
    return select(*columns).select_from(Person)


def has_serving_assignee() -> Condition:
    """Return the tickets whose assignee is still an active technician of their service; null without an assignee.

    The sub-SELECT has no reference to the ticket, so PostgreSQL reads the technicians once for a list.
    """
    serves: Condition = tuple_(Ticket.assignee_id, Ticket.service_id).in_(SERVING)
    return serves


def shares_a_ticket(viewer: Viewer, person_id: Any = Person.id) -> Condition:
    """Return the people named on a visible ticket or in an activity that the viewer may read."""
    on_ticket = tickets(viewer, literal(1)).where(
        or_(*(column == person_id for column in (Ticket.requester_id, Ticket.operator_id, Ticket.assignee_id)))
    )
    named = (Activity.author_id, Activity.assignee_id, Activity.from_requester_id, Activity.to_requester_id)
    in_history = activities(viewer, literal(1)).where(or_(*(column == person_id for column in named)))
    return or_(exists(on_ticket.correlate(Person)), exists(in_history.correlate(Person)))


def reads_rate(viewer: Viewer, service: Any = Service) -> Condition:
    """Return the services whose hourly rate the viewer may read."""
    if not permissions.scopes_allow(viewer.scopes, ApiArea.RATES):
        return false()
    if viewer.roles & {Role.MANAGER, Role.ADMIN}:
        return true()
    return service.id == viewer.service_id if viewer.service_id is not None else false()


def report_service(viewer: Viewer) -> int | None:
    """Return the service that the viewer's reports cover: an id, 0 for all services, None for no reports."""
    return 0 if reports_on_all_services(viewer) else viewer.service_id


def reads_rollup(viewer: Viewer, table: Any) -> Condition:
    """Return the rows of a rollup table that the viewer may read; service 0 stands for all services."""
    if reports_on_all_services(viewer):
        return true()
    return table.service_id == viewer.service_id if viewer.service_id is not None else false()


def flow_events(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the flow events in the viewer's reports: all, or those while the ticket was their service's."""
    return select(*columns).select_from(FlowEvent).where(reads_rollup(viewer, FlowEvent))
