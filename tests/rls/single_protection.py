"""Remove one protection, to test that the other one is sufficient alone.

`without_visibility` makes the functions of `visibility` return every row: row-level security
remains. Conditions that hide columns (costs, details of people) stay, since no policy can hide a column; so does the
choice of the document that a search reads.
`without_rls` connects as a superuser, to whom no policy applies: the conditions in the statements remain. Neither is
a setting of the product.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Select, select, true

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Database
from osit_graphql.db.models import Activity, AgendaItem, DirectoryChange, Meeting, Person, Ticket
from osit_graphql.db.visibility import Condition
from osit_graphql.domain.enums import ApiArea, Role
from osit_graphql.domain.viewer import Viewer
from tests.superuser import as_superuser

VISIBLE = visibility.visible


def _all_rows(_viewer: Viewer, _roles: Collection[Role] | None = None, _reach: ApiArea = ApiArea.TICKETS) -> Condition:
    return true()


def _costs(viewer: Viewer) -> Condition:
    return VISIBLE(viewer, [role for role, sight in visibility.ROLE_VISIBILITY.items() if sight.costs])


def _select_all(table: Any, *joined: Any) -> Any:
    """Return a function that selects every row."""

    def started(_viewer: Viewer, *columns: Any) -> Select[Any]:
        statement = select(*columns).select_from(table)
        for other, on in joined:
            statement = statement.join(other, on)
        return statement

    return started


def without_visibility(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove visibility; row-level security remains."""
    monkeypatch.setattr(statements, "_cache", type(statements._cache)())  # statements built with visibility
    monkeypatch.setattr(visibility, "visible", _all_rows)
    monkeypatch.setattr(visibility, "reads_costs", _costs)
    monkeypatch.setattr(visibility, "counts_in_reports", _all_rows)
    monkeypatch.setattr(visibility, "reads_activity", _all_rows)
    monkeypatch.setattr(visibility, "meetings", _select_all(Meeting))
    monkeypatch.setattr(visibility, "agenda", _select_all(AgendaItem, (Ticket, AgendaItem.ticket_id == Ticket.id)))
    monkeypatch.setattr(visibility, "own_activities", _select_all(Activity, (Ticket, Activity.ticket_id == Ticket.id)))
    monkeypatch.setattr(visibility, "people", _select_all(Person))
    monkeypatch.setattr(visibility, "directory_changes", _select_all(DirectoryChange))
    monkeypatch.setattr(visibility, "reads_rate", lambda _viewer, _service=None: true())


@asynccontextmanager
async def without_rls(database: Database) -> AsyncIterator[Database]:
    """Provide the same database as a superuser: visibility remains."""
    superuser = Database(as_superuser(database).url.render_as_string(hide_password=False))
    try:
        yield superuser
    finally:
        await superuser.close()
