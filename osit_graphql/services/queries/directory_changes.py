"""The history of the directory, latest first. Triggers write it (migration 0024)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_
from sqlalchemy.orm import aliased

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import DirectoryChange, Person
from osit_graphql.db.statements import Row, param
from osit_graphql.domain import permissions
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import DirectoryObject, Permission
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import people
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, SortKey, count, present

ACTOR = aliased(Person, name="actor")
SORT_KEYS = [SortKey(DirectoryChange.created_at, descending=True), SortKey(DirectoryChange.id, descending=True)]
MOMENT = DirectoryChange.created_at.type


@dataclass(frozen=True)
class ChangeFilter:
    """Filter of the directory's history; None means any. `changed` is the kind and the id of the changed object."""

    changed: tuple[DirectoryObject, int] | None = None
    actor_id: int | None = None
    period: Period | None = None

    @property
    def scope(self) -> dict[str, Any]:
        """The filter in a cursor's scope hash. These names never change: see `Paging`."""
        changed = None if self.changed is None else [str(self.changed[0]), self.changed[1]]
        period = None if self.period is None else self.period.scope
        return present({"object": changed, "actorId": self.actor_id, "period": period})

    def values(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the values that are set, by parameter name; the SQL text depends on these names only."""
        kind, key = (None, None) if self.changed is None else (str(self.changed[0]), self.changed[1])
        since, until = (None, None) if self.period is None else self.period.moments(zone)
        return present(
            {"object_kind": kind, "object_id": key, "actor_id": self.actor_id, "since": since, "until": until}
        )


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row]:
    """Return the changes that the viewer reads, by id."""

    def build(any_viewer: Viewer) -> Select[Any]:
        return _start(any_viewer).where(DirectoryChange.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, "directory changes by id", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def page(
    session: Session, viewer: Viewer, filter_: ChangeFilter, zone: ZoneInfo, page_args: PageArgs, *, counted: bool
) -> tuple[Page, int | None]:
    """Return a page of changes, latest first, and their number if `counted`."""
    permissions.authorize(viewer.roles, Permission.READ_DIRECTORY_CHANGES)
    paging = Paging({"list": "directoryChanges", "filter": filter_.scope}, SORT_KEYS)
    values = filter_.values(zone)
    conditions = [condition for name, condition in _conditions().items() if name in values]

    def build(any_viewer: Viewer) -> Select[Any]:
        return _start(any_viewer, *paging.sort_columns()).where(*conditions)

    def build_ids(any_viewer: Viewer) -> Select[Any]:
        return visibility.directory_changes(any_viewer, DirectoryChange.id).where(*conditions)

    key = ("directory changes", frozenset(values))
    changes = await paging.fetch_page(session, viewer, key, build, page_args, values)
    total = await count(session, viewer, key, build_ids, values) if counted else None
    return changes, total


def _start(viewer: Viewer, *columns: Any) -> Select[Any]:
    own = DirectoryChange.__table__.c
    selected = visibility.directory_changes(viewer, *own, *people.columns(viewer, ACTOR, "actor__"), *columns)
    return selected.outerjoin(ACTOR, ACTOR.id == DirectoryChange.actor_id)


def _conditions() -> dict[str, ColumnElement[bool]]:
    """Return the condition of each parameter."""
    return {
        "object_kind": DirectoryChange.object_kind == param("object_kind"),
        "object_id": DirectoryChange.object_id == param("object_id"),
        "actor_id": DirectoryChange.actor_id == param("actor_id"),
        "since": DirectoryChange.created_at >= param("since", MOMENT),
        "until": DirectoryChange.created_at < param("until", MOMENT),
    }
