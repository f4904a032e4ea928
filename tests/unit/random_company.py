"""Random small companies, their rows in PostgreSQL, and what each person may see by the permission table."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import insert

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Application, Cause, Intervention, Person, Service, Site, Ticket
from osit_graphql.domain.enums import Role, Status, TicketList
from osit_graphql.domain.viewer import Viewer
from tests.unit import permission_table

MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
LISTS = {
    TicketList.OPEN: Status.OPEN,
    TicketList.EVOLUTION_REQUESTS: Status.PENDING_DECISION,
    TicketList.CLOSED: Status.CLOSED,
}


@dataclass(frozen=True)
class Member:
    """A person; technicians have a service."""

    roles: frozenset[Role]
    service: int | None


@dataclass(frozen=True)
class TicketData:
    """A ticket; people and services by their number, from 1."""

    requester: int
    operator: int | None
    assignee: int | None
    service: int
    status: Status


@dataclass(frozen=True)
class ActivityData:
    """A row of history: a comment, or with minutes an intervention that may have been taken back."""

    ticket: int
    author: int | None
    internal: bool
    minutes: int | None
    voided: bool


@dataclass(frozen=True)
class RandomCompany:
    """A company; the number of an item is its position in its list, from 1."""

    people: list[Member]
    tickets: list[TicketData]
    rows: list[ActivityData]

    def viewer(self, who: int) -> Viewer:
        """Return the viewer of a person."""
        person = self.people[who - 1]
        return Viewer(who, person.roles, person.service)

    def through(self, who: int, number: int) -> set[Role]:
        """Return the roles through which a person sees a ticket."""
        person, ticket = self.people[who - 1], self.tickets[number - 1]
        return permission_table.sees(
            person.roles, requester=ticket.requester == who, in_service=ticket.service == person.service
        )

    def seen(self, who: int) -> set[int]:
        """Return the tickets that a person sees."""
        return {number for number in range(1, len(self.tickets) + 1) if self.through(who, number)}

    def read(self, who: int) -> set[int]:
        """Return the activities that a person reads; a requester reads no internal ones."""
        return {
            number
            for number, row in enumerate(self.rows, 1)
            if (through := self.through(who, row.ticket)) and (not row.internal or through & permission_table.STAFF)
        }

    def visible_people(self, who: int) -> set[int]:
        """Return the people whom a person may see."""
        if self.people[who - 1].roles & permission_table.PEOPLE:
            return set(range(1, len(self.people) + 1))
        seen = [self.tickets[number - 1] for number in self.seen(who)]
        named = {person for ticket in seen for person in (ticket.requester, ticket.operator, ticket.assignee)}
        named |= {self.rows[number - 1].author for number in self.read(who)}
        return {person for person in named if person is not None} | {who}

    def is_assigned(self, number: int) -> bool:
        """Whether a technician of the ticket's service is assigned."""
        ticket = self.tickets[number - 1]
        return ticket.assignee is not None and self.people[ticket.assignee - 1].service == ticket.service

    def minutes(self, who: int, number: int) -> int | None:
        """Return the minutes spent on a ticket, None for a person who may not see costs."""
        if not self.through(who, number) & permission_table.COSTS:
            return None
        return sum(row.minutes or 0 for row in self.rows if row.ticket == number and not row.voided)


@st.composite
def random_companies(draw: st.DrawFn) -> RandomCompany:
    """Draw a company of two services."""
    one, several = (
        st.sampled_from(Role).map(lambda role: frozenset({role})),
        st.frozensets(st.sampled_from(Role), min_size=1),
    )
    roles = st.just(frozenset({Role.REQUESTER})) | one | several
    service = st.integers(1, 2)
    kinds = draw(st.lists(roles, min_size=2, max_size=5))
    people = [Member(kind, draw(service) if Role.TECHNICIAN in kind else None) for kind in kinds]
    person = st.integers(1, len(people))
    ticket = st.builds(
        TicketData, person, st.none() | person, st.none() | person, service=service, status=st.sampled_from(Status)
    )
    tickets = draw(st.lists(ticket, min_size=1, max_size=5))
    comment = st.builds(
        ActivityData,
        st.integers(1, len(tickets)),
        st.none() | person,
        st.booleans(),
        minutes=st.none(),
        voided=st.just(value=False),
    )
    work = st.builds(
        ActivityData,
        st.integers(1, len(tickets)),
        person,
        st.just(value=False),
        minutes=st.integers(1, 90),
        voided=st.booleans(),
    )
    return RandomCompany(people, tickets, draw(st.lists(comment | work, min_size=1, max_size=7)))


async def insert_company(session: Session, world: RandomCompany) -> None:
    """Insert a company into an empty database, in a transaction that is rolled back."""
    for table, names in ((Site, 1), (Service, 2), (Application, 1), (Cause, 1)):
        rows = [{"id": number, "name": f"{number}", "name_key": f"{number}"} for number in range(1, names + 1)]
        await session.execute(insert(table).values(rows))
    await session.execute(insert(Person).values([_person(*item) for item in enumerate(world.people, 1)]))
    await session.execute(insert(Ticket).values([_ticket(*item) for item in enumerate(world.tickets, 1)]))
    numbered = list(enumerate(world.rows, 1))
    voids = [(number + len(numbered), row) for number, row in numbered if row.voided]
    if numbered:
        await session.execute(insert(Activity).values([_row(number, row) for number, row in numbered]))
    for number, row in voids:
        void = _row(number, row) | {"kind": "INTERVENTION_VOIDED", "intervention_id": number - len(numbered)}
        await session.execute(insert(Activity).values(void))
    lines = [_line(number, row, len(numbered)) for number, row in numbered if row.minutes]
    if lines:
        await session.execute(insert(Intervention).values(lines))


def _person(number: int, person: Member) -> dict[str, Any]:
    names = {"name": f"{number}", "name_key": f"{number}", "email": f"{number}@example.com"}
    return {"id": number, **names, "roles": [*person.roles], "service_id": person.service, "site_id": 1}


def _ticket(number: int, ticket: TicketData) -> dict[str, Any]:
    words = {"title": "T", "description": "D", "severity": "MINOR", "criticality": "BLOCKING", "priority": "LOW"}
    closed = {"status": ticket.status, "closed_at": MOMENT if ticket.status is Status.CLOSED else None}
    people = {"requester_id": ticket.requester, "operator_id": ticket.operator, "assignee_id": ticket.assignee}
    places = {"service_id": ticket.service, "application_id": 1, "site_id": 1}
    return {"id": number, "opened_at": MOMENT, "updated_at": MOMENT} | words | closed | people | places


def _row(number: int, row: ActivityData) -> dict[str, Any]:
    kind = "COMMENT" if row.minutes is None else "INTERVENTION"
    content = {"comment": "C", "internal": row.internal, "author_id": row.author, "created_at": MOMENT}
    return {"id": number, "ticket_id": row.ticket, "version": 1, "kind": kind, **content, "intervention_id": None}


def _line(number: int, row: ActivityData, before: int) -> dict[str, Any]:
    when = {"started_at": MOMENT, "started_on": date(2026, 1, 5), "minutes": row.minutes, "cause_id": 1}
    price = {"hourly_rate": Decimal(60), "labour": Decimal(row.minutes or 0), "expenses": Decimal(0)}
    done = {"technician_id": row.author, "service_id": 1, "voided_by": number + before if row.voided else None}
    return {"activity_id": number, "ticket_id": row.ticket, **when, **price, **done}
