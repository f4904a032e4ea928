"""People: as much of them as the viewer may read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, Select, Text, any_, literal

from osit_graphql.db import people_visibility, statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person
from osit_graphql.db.statements import param
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Permission, Role
from osit_graphql.domain.errors import OutOfScope
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.keyset_pagination import Key, Page, PageArgs, Paging, count, present
from osit_graphql.services.queries.person_search import Caller

DETAILS = ("email", "phone", "roles", "site_id", "active")
COLUMNS = ("id", "name", "service_id", *DETAILS)


@dataclass(frozen=True)
class PeopleFilter:
    """What the list of people is narrowed to."""

    roles: tuple[Role, ...] | None = None
    service_id: int | None = None
    site_id: int | None = None
    active: bool | None = None
    search: Caller | None = None

    @property
    def by_details(self) -> bool:
        """Whether it is narrowed by what not everybody who reads names reads."""
        return any(said is not None for said in (self.roles, self.site_id, self.active, self.search))

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to. These names never change: see `Paging`."""
        return present(
            {
                "roles": self.roles,
                "serviceId": self.service_id,
                "siteId": self.site_id,
                "active": self.active,
                "search": None if self.search is None else self.search.scope,
            }
        )

    @property
    def keys(self) -> list[Key]:
        """What the list is ordered by: name, and who answers a search best before that."""
        best = [] if self.search is None else [Key(self.search.rank)]
        return [*best, Key(Person.name_key), Key(Person.id)]


def columns(viewer: Viewer, person: Any = Person, prefix: str = "") -> list[ColumnElement[Any]]:
    """Return somebody's columns: name and service for whoever meets them, the rest for whoever reads details."""
    shown = people_visibility.reads_details(viewer, person)
    details = [visibility.when(shown, getattr(person, name)) for name in DETAILS]
    named = zip(COLUMNS, (person.id, person.name, person.service_id, *details), strict=True)
    return [column.label(prefix + name) for name, column in named]


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Return the people that the viewer may meet, by id."""
    found = people_visibility.people(viewer, *columns(viewer)).where(Person.id.in_(ids))
    return {row.id: row for row in await session.execute(found)}


async def named(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Return people who stand on something that the viewer sees already: no need to ask whether they were met."""

    def build(anybody: Viewer) -> Select[Any]:
        among = any_(param("ids", ARRAY(BigInteger)))
        return people_visibility.named_people(*columns(anybody)).where(Person.id == among)

    found = await statements.fetch_as(session, viewer, "people named", build, {"ids": list(ids)})
    return {row.id: row for row in found}


async def page(
    session: Session, viewer: Viewer, narrowed: PeopleFilter, window: PageArgs, *, counted: bool
) -> tuple[Page, int | None]:
    """Return a page of the directory of people, by name, or best first; and their count when it is asked for."""
    permissions.authorize(viewer.roles, Permission.READ_PEOPLE)
    if narrowed.by_details and not people_visibility.reads_all_details(viewer):
        raise OutOfScope
    paging = Paging({"list": "users", "filter": narrowed.scope}, narrowed.keys)
    conditions = list(_conditions(narrowed))
    statement = people_visibility.people(viewer, *columns(viewer), *paging.labelled()).where(*conditions)
    slice_ = await paging.page(session, statement, window)
    total = await count(session, people_visibility.people(viewer, Person.id).where(*conditions)) if counted else None
    return slice_, total


def _conditions(narrowed: PeopleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.roles is not None:
        conditions.append(Person.roles.bool_op("&&")(literal([str(role) for role in narrowed.roles], ARRAY(Text))))
    if narrowed.service_id is not None:
        conditions.append(Person.service_id == narrowed.service_id)
    if narrowed.site_id is not None:
        conditions.append(Person.site_id == narrowed.site_id)
    if narrowed.active is not None:
        conditions.append(Person.active == narrowed.active)
    if narrowed.search is not None:
        conditions.append(narrowed.search.condition)
    return conditions
