"""Taking a wall away, to see that the other one holds alone: for tests, and for nobody else.

`without_first` makes the law of seeing say « every row » in `visibility` and `acquaintance`: what is left is row
security. What hides a column of a row that is seen (costs, people's details) stays, no policy can do that; so does
which of a ticket's documents a search reads, where a policy empties the other one.
`without_second` connects as a superuser, whom no policy holds, while everybody is bound as ever: what is left is the
law in the statements. Neither is a setting of the product.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Select, select, true

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Database
from osit_graphql.db.models import Activity, AgendaItem, Meeting, Person, Ticket
from osit_graphql.db.visibility import Condition
from osit_graphql.domain.enums import ApiArea, Role
from osit_graphql.domain.viewer import Viewer
from tests.superuser import as_superuser

VISIBLE = visibility.visible


def _every(_viewer: Viewer, _roles: Collection[Role] | None = None, _reach: ApiArea = ApiArea.TICKETS) -> Condition:
    return true()


def _costs(viewer: Viewer) -> Condition:
    return VISIBLE(viewer, [role for role, sight in visibility.ROLE_VISIBILITY.items() if sight.costs])


def _whole(table: Any, *joined: Any) -> Any:
    """Return a door that leaves every row through."""

    def started(_viewer: Viewer, *columns: Any) -> Select[Any]:
        statement = select(*columns).select_from(table)
        for other, on in joined:
            statement = statement.join(other, on)
        return statement

    return started


def without_visibility(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave row security alone in the way."""
    monkeypatch.setattr(statements, "_cache", type(statements._cache)())  # what was built with the first one
    monkeypatch.setattr(visibility, "visible", _every)
    monkeypatch.setattr(visibility, "reads_costs", _costs)
    monkeypatch.setattr(visibility, "counts_in_reports", _every)
    monkeypatch.setattr(visibility, "reads_activity", _every)
    monkeypatch.setattr(visibility, "meetings", _whole(Meeting))
    monkeypatch.setattr(visibility, "agenda", _whole(AgendaItem, (Ticket, AgendaItem.ticket_id == Ticket.id)))
    monkeypatch.setattr(visibility, "own_activities", _whole(Activity, (Ticket, Activity.ticket_id == Ticket.id)))
    monkeypatch.setattr(visibility, "people", _whole(Person))
    monkeypatch.setattr(visibility, "reads_rate", lambda _viewer, _service=None: true())


@asynccontextmanager
async def without_rls(database: Database) -> AsyncIterator[Database]:
    """Give the same database as whom no policy holds; the application on it has the first wall only."""
    superuser = Database(as_superuser(database).url.render_as_string(hide_password=False))
    try:
        yield superuser
    finally:
        await superuser.close()
