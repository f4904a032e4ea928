"""THE LAW OF SEEING PEOPLE, and what an hour of a service costs: what `visibility` leaves to its neighbour."""

from typing import Any

from sqlalchemy import Select, exists, false, literal, or_, select, true

from osit_graphql.db.models import Activity, Person, Service, Ticket
from osit_graphql.db.visibility import Columns, Condition, activities, tickets
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.domain.viewer import Viewer


def reads_people(viewer: Viewer) -> bool:
    """Whether the viewer reads the directory of people: their names at least."""
    return permissions.has_permission(viewer.roles, Permission.READ_PEOPLE) and permissions.scopes_allow(
        viewer.scopes, ApiArea.NAMES
    )


def reads_all_details(viewer: Viewer) -> bool:
    """Whether the viewer reads everybody's e-mail, phone, roles, site and state, and may look for them by these."""
    return permissions.has_permission(viewer.roles, Permission.READ_PEOPLE) and permissions.scopes_allow(
        viewer.scopes, ApiArea.DIRECTORY
    )


def reads_details(viewer: Viewer, person: Any = Person) -> Condition:
    """Return of whom the viewer reads e-mail, phone, roles, site and state: of everybody, or of oneself."""
    return true() if reads_all_details(viewer) else person.id == viewer.user_id


def people(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the people that the viewer may meet: all, or oneself and those on the tickets one sees."""
    started = select(*columns).select_from(Person)
    return started if reads_people(viewer) else started.where(or_(Person.id == viewer.user_id, met(viewer)))


def named_people(*columns: Columns) -> Select[Any]:
    """Start a SELECT of people who are named by rows that the viewer sees already."""
    return select(*columns).select_from(Person)


def met(viewer: Viewer, person_id: Any = Person.id) -> Condition:
    """Return who stands on a visible ticket, or in a row of its history that the viewer reads."""
    on_ticket = tickets(viewer, literal(1)).where(
        or_(*(column == person_id for column in (Ticket.requester_id, Ticket.operator_id, Ticket.assignee_id)))
    )
    named = (Activity.author_id, Activity.assignee_id, Activity.from_requester_id, Activity.to_requester_id)
    in_history = activities(viewer, literal(1)).where(or_(*(column == person_id for column in named)))
    return or_(exists(on_ticket.correlate(Person)), exists(in_history.correlate(Person)))


def reads_rate(viewer: Viewer, service: Any = Service) -> Condition:
    """Return of which services the viewer reads the hourly rate."""
    if not permissions.scopes_allow(viewer.scopes, ApiArea.RATES):
        return false()
    if viewer.roles & {Role.MANAGER, Role.ADMIN}:
        return true()
    return service.id == viewer.service_id if viewer.service_id is not None else false()
