"""People, with the columns that the viewer may read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Text, any_

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person
from osit_graphql.db.statements import Row, param
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Permission, Role
from osit_graphql.domain.errors import OutOfScope
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, SortKey, count, present
from osit_graphql.services.queries.person_search import PersonSearch

DETAIL_COLUMNS = ("email", "phone", "roles", "site_id")
COLUMNS = ("id", "name", "service_id", "active", *DETAIL_COLUMNS)


@dataclass(frozen=True)
class PeopleFilter:
    """Filter of the list of people; None means any."""

    roles: tuple[Role, ...] | None = None
    service_id: int | None = None
    site_id: int | None = None
    active: bool | None = None
    search: PersonSearch | None = None

    @property
    def uses_details(self) -> bool:
        """Whether it filters by columns that not every reader of names may read."""
        return any(value is not None for value in (self.roles, self.site_id, self.active, self.search))

    @property
    def scope(self) -> dict[str, Any]:
        """The filter in a cursor's scope hash. These names never change: see `Paging`."""
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
    def values(self) -> dict[str, Any]:
        """The values that are set, by parameter name; the SQL text depends on these names only."""
        return present(
            {
                "roles": None if self.roles is None else [str(role) for role in self.roles],
                "service_id": self.service_id,
                "site_id": self.site_id,
                "active": self.active,
                **({} if self.search is None else self.search.values),
            }
        )

    @property
    def sort_keys(self) -> list[SortKey]:
        """Sort by the search's rank, if any, then by name."""
        rank = [] if self.search is None else [SortKey(self.search.rank)]
        return [*rank, SortKey(Person.name_key), SortKey(Person.id)]


def columns(viewer: Viewer, person: Any = Person, prefix: str = "") -> list[ColumnElement[Any]]:
    """Return a person's columns; the details are null unless the viewer reads them."""
    shown = visibility.reads_details(viewer, person)
    details = [visibility.null_unless(shown, getattr(person, name)) for name in DETAIL_COLUMNS]
    by_name = zip(COLUMNS, (person.id, person.name, person.service_id, person.active, *details), strict=True)
    return [column.label(prefix + name) for name, column in by_name]


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row]:
    """Return the people that the viewer sees, by id."""

    def build(viewer: Viewer) -> Select[Any]:
        among = Person.id == any_(param("ids", ARRAY(BigInteger)))
        return visibility.people(viewer, *columns(viewer)).where(among)

    rows = await statements.fetch_as(session, viewer, "people by id", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def already_visible(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row]:
    """Return people who are named in a visible row, by ID, without checking visibility again."""

    def build(any_viewer: Viewer) -> Select[Any]:
        ids_param = any_(param("ids", ARRAY(BigInteger)))
        return visibility.people_already_visible(*columns(any_viewer)).where(Person.id == ids_param)

    rows = await statements.fetch_as(session, viewer, "people already visible", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def page(
    session: Session, viewer: Viewer, filter_: PeopleFilter, page_args: PageArgs, *, counted: bool
) -> tuple[Page, int | None]:
    """Return a page of people, by name or by search rank, and their number if `counted`."""
    permissions.authorize(viewer.roles, Permission.READ_PEOPLE)
    if filter_.uses_details and not visibility.reads_all_details(viewer):
        raise OutOfScope
    paging = Paging({"list": "users", "filter": filter_.scope}, filter_.sort_keys)
    conditions, values = list(_conditions(filter_)), filter_.values

    def build(any_viewer: Viewer) -> Select[Any]:
        selected = (*columns(any_viewer), *paging.sort_columns())
        return visibility.people(any_viewer, *selected).where(*conditions)

    def build_ids(any_viewer: Viewer) -> Select[Any]:
        return visibility.people(any_viewer, Person.id).where(*conditions)

    key = ("people", frozenset(values))
    people = await paging.fetch_page(session, viewer, key, build, page_args, values)
    total = await count(session, viewer, key, build_ids, values) if counted else None
    return people, total


def _conditions(filter_: PeopleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filter_.roles is not None:
        conditions.append(Person.roles.bool_op("&&")(param("roles", ARRAY(Text))))
    if filter_.service_id is not None:
        conditions.append(Person.service_id == param("service_id"))
    if filter_.site_id is not None:
        conditions.append(Person.site_id == param("site_id"))
    if filter_.active is not None:
        conditions.append(Person.active == param("active"))
    if filter_.search is not None:
        conditions.append(filter_.search.condition)
    return conditions
