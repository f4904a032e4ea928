"""The oracle: the secrets that each person may know, from a superuser's rows and the hand-typed permission table.

It never calls `visibility`, whose errors it would repeat.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Row, Select, select

from osit_graphql.api import global_ids
from osit_graphql.db.models import (
    Activity,
    AgendaItem,
    ApiToken,
    Base,
    DirectoryChange,
    Intervention,
    Meeting,
    Person,
    ServiceRate,
    Ticket,
)
from osit_graphql.domain.enums import Role
from tests.leaks.canaries import MARKS, traces
from tests.protection import PROTECTION, RLS
from tests.superuser import Superuser
from tests.unit import permission_table

TABLES: dict[str, type[Base]] = {
    "tickets": Ticket,
    "activities": Activity,
    "lines": Intervention,
    "people": Person,
    "rates": ServiceRate,
    "meetings": Meeting,
    "items": AgendaItem,
    "tokens": ApiToken,
    "changes": DirectoryChange,
}
NAMED = ("author_id", "assignee_id", "from_requester_id", "to_requester_id")
RATES = frozenset({Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, eq=False)
class State:
    """Every row with a secret."""

    tickets: list[Row[Any]]
    activities: list[Row[Any]]
    lines: list[Row[Any]]
    people: list[Row[Any]]
    rates: list[Row[Any]]
    meetings: list[Row[Any]]
    items: list[Row[Any]]
    tokens: list[Row[Any]]
    changes: list[Row[Any]]

    def person(self, who: int) -> Row[Any]:
        """Return a person's row."""
        return next(row for row in self.people if row.id == who)

    def through(self, who: Row[Any], ticket: Row[Any]) -> set[Role]:
        """Return the roles through which a person sees a ticket."""
        ours = who.service_id is not None and ticket.service_id == who.service_id
        return permission_table.sees(
            {Role(role) for role in who.roles}, requester=ticket.requester_id == who.id, in_service=ours
        )

    def seen(self, who: Row[Any]) -> dict[int, set[Role]]:
        """Return the tickets that a person sees, each with the roles that show it."""
        roles = {ticket.id: self.through(who, ticket) for ticket in self.tickets}
        return {number: through for number, through in roles.items() if through}

    def is_assigned(self, ticket: Row[Any]) -> bool:
        """Whether an active technician of the ticket's service is assigned."""
        people = (row for row in self.people if row.id == ticket.assignee_id)
        return any(row.active and row.service_id == ticket.service_id for row in people)

    def read(self, seen: dict[int, set[Role]]) -> list[Row[Any]]:
        """Return the activities that a viewer of these tickets reads."""
        return [
            row
            for row in self.activities
            if row.ticket_id in seen and (not row.internal or seen[row.ticket_id] & permission_table.STAFF)
        ]

    @cached_property
    def everything(self) -> frozenset[str]:
        """All secrets."""
        rows = [*self.tickets, *self.activities, *self.people, *self.meetings, *self.tokens]
        marks = {mark for row in rows for mark in _marks(*row)} | set(self._of_changes())
        marks |= {_amount(value) for line in self.lines for value in (line.expenses, line.hourly_rate)}
        marks |= {_amount(rate.hourly_rate) for rate in self.rates} | {str(ticket.id) for ticket in self.tickets}
        kinds = {
            global_ids.Kind.TICKET: self.tickets,
            global_ids.Kind.ACTIVITY: self.activities,
            global_ids.Kind.USER: self.people,
            global_ids.Kind.MEETING: self.meetings,
            global_ids.Kind.API_TOKEN: self.tokens,
        }
        marks |= {global_ids.encode(kind, row.id) for kind, those in kinds.items() for row in those}
        return frozenset(marks - {""})

    def _of_changes(self) -> Iterable[str]:
        """Return the secrets in the directory's history, which administrators read."""
        for change in self.changes:
            yield global_ids.encode(global_ids.Kind.DIRECTORY_CHANGE, change.id)
            if change.object_kind == "USER":  # everybody reads the other entries of the directory
                yield from traces(json.dumps([change.object_name, change.fields]))

    @cache  # noqa: B019 - a state lives as long as a test
    def known(self, key: int, *, reports: bool = False) -> frozenset[str]:
        """Return the secrets that a person may read; `reports`: including those in reports."""
        who = self.person(key)
        roles = {Role(role) for role in who.roles}
        seen = self.seen(who)
        read = self.read(seen)
        marks = set(self._of_tickets(seen)) | set(self._of_history(read)) | set(self._of_work(who, seen, reports))
        return frozenset(marks | set(self._of_people(who, roles, seen, read)) | set(self._of_meetings(roles, seen)))

    def _of_tickets(self, seen: dict[int, set[Role]]) -> Iterable[str]:
        for ticket in self.tickets:
            if ticket.id in seen:
                yield from _marks(ticket.title, ticket.description, ticket.impact)
                yield from (str(ticket.id), global_ids.encode(global_ids.Kind.TICKET, ticket.id))

    def _of_history(self, read: list[Row[Any]]) -> Iterable[str]:
        for row in read:  # earlier descriptions are stored, but never shown
            yield from _marks(row.comment, row.from_title, row.to_title)
            yield global_ids.encode(global_ids.Kind.ACTIVITY, row.id)

    def _of_work(self, who: Row[Any], seen: dict[int, set[Role]], reports: bool) -> Iterable[str]:
        roles = {Role(role) for role in who.roles}
        for line in self.lines:
            ours = who.service_id is not None and line.service_id == who.service_id
            cost_roles = seen.get(line.ticket_id, set()) & permission_table.COSTS
            if cost_roles or (reports and ours):
                yield from (_amount(line.expenses), _amount(line.hourly_rate))
        for rate in self.rates:
            if roles & RATES or (Role.TECHNICIAN in roles and rate.service_id == who.service_id):
                yield _amount(rate.hourly_rate)

    def met(self, who: Row[Any]) -> set[int]:
        """Return the people whose names a viewer without the directory reads."""
        seen = self.seen(who)
        return self._met(who, seen, self.read(seen)) | self._staff()

    def _staff(self) -> set[int]:
        """Return the people whom row-level security alone shows to every viewer: the desk (decision 15)."""
        return {
            person.id for person in self.people if PROTECTION == RLS and set(person.roles) & permission_table.PEOPLE
        }

    def _met(self, who: Row[Any], seen: dict[int, set[Role]], read: list[Row[Any]]) -> set[int]:
        met = {who.id} | {getattr(row, name) for row in read for name in NAMED}
        shown = [ticket for ticket in self.tickets if ticket.id in seen]
        return met | {key for ticket in shown for key in (ticket.requester_id, ticket.operator_id, ticket.assignee_id)}

    def _of_people(
        self, who: Row[Any], roles: set[Role], seen: dict[int, set[Role]], read: list[Row[Any]]
    ) -> Iterable[str]:
        met = self._met(who, seen, read) | self._staff()
        if Role.ADMIN in roles:
            yield from self._of_changes()
        for token in self.tokens:
            if Role.ADMIN in roles or token.person_id == who.id:
                yield from (*_marks(token.name), global_ids.encode(global_ids.Kind.API_TOKEN, token.id))
        for person in self.people:  # nobody reads a password hash, not even its owner
            if roles & permission_table.PEOPLE or person.id == who.id:
                yield from _marks(person.email, person.phone)
            if roles & permission_table.PEOPLE or person.id in met:
                yield from (*_marks(person.name), global_ids.encode(global_ids.Kind.USER, person.id))

    def _of_meetings(self, roles: set[Role], seen: dict[int, set[Role]]) -> Iterable[str]:
        agendas = defaultdict(set)
        for item in self.items:
            agendas[item.meeting_id].add(item.ticket_id)
        for meeting in self.meetings:
            if Role.MANAGER in roles or agendas[meeting.id] & set(seen):
                yield from (*_marks(meeting.title), global_ids.encode(global_ids.Kind.MEETING, meeting.id))

    def written(self, who: int, after: int) -> set[str]:
        """Return the secrets that a person wrote after an activity: a payload may repeat them."""
        return set(self._of_history([row for row in self.activities if row.author_id == who and row.id > after]))


async def read_state(admin: Superuser) -> State:
    """Read all rows as a superuser, without row-level security."""
    async with admin.reading() as connection:
        rows_by_table = {name: (await connection.execute(_ordered(table))).all() for name, table in TABLES.items()}
    return State(**{name: list(rows) for name, rows in rows_by_table.items()})


def _ordered(table: Any) -> Select[Any]:
    """Return the SELECT of a table in the order of its primary key."""
    return select(table.__table__).order_by(*table.__table__.primary_key)


def _marks(*values: Any) -> set[str]:
    return {mark.lower() for value in values if isinstance(value, str) for mark in MARKS.findall(value)}


def _amount(value: Any) -> str:
    return "" if value is None or not value else f"{value:.2f}"
