"""Statements built once: the rows, errors and askers that SQLAlchemy's own way has."""

from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Integer, Text, column, func, literal, select, text
from sqlalchemy.dialects import postgresql

from osit_graphql.db import statements, visibility
from osit_graphql.db.models import Activity, Ticket
from osit_graphql.domain.enums import Action
from osit_graphql.domain.errors import TimedOut
from osit_graphql.services.queries import activities, ticket_select, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from tests.desk import Desk
from tests.unit.statement_log import logged_statements

EVERYBODY = ("requester", "operator", "network", "developer", "manager", "everyman")


def plain(rows: Any) -> list[list[tuple[str, type, Any]]]:
    """Return what rows hold, with the types of it."""
    return [[(name, type(value := getattr(row, name)), value) for name in row.mapping.keys()] for row in rows]  # noqa: SIM118 - a record's own items are its values


async def test_rows_equal_those_of_sqlalchemy(desk: Desk) -> None:
    await desk.company.ticket(service="Réseau")
    await desk.does("network", Action.ASSIGN, 1, assigneeId=desk.company.ids["network"])
    await desk.does("network", Action.LOG_INTERVENTION, 1)
    some = 0
    for who in EVERYBODY:
        viewer = desk.company.viewers[who]
        async with desk.company.database.reading(viewer) as session:
            cached = await tickets.by_ids(session, viewer, [1], ticket_select.ALL_COLUMNS)
            uncached = await session.execute(
                ticket_select.select_tickets(viewer, ticket_select.ALL_COLUMNS).where(Ticket.id == literal(1))
            )
            assert plain(cached.values()) == plain(uncached)
            some += len(cached)
            pages = await activities.pages_by_ticket(
                session, viewer, [1], None, PageArgs(first=5), activities.ALL_COLUMNS
            )
            assert [row.id for row in pages[1].rows] == [row.mapping["id"] for row in pages[1].rows]
    assert 0 < some < len(EVERYBODY)


async def test_a_written_activity_is_not_searched_by_its_author(desk: Desk) -> None:
    viewer = desk.company.viewers["operator"]
    async with desk.company.database.reading(viewer) as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plans = []
        indexed = select(Activity.id).where(Activity.author_id == viewer.user_id)
        dialect: Any = postgresql.asyncpg.dialect
        for statement in (indexed, visibility.own_activities(viewer, Activity.id)):
            written = statement.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
            plans.append("\n".join((await session.execute(text(f"EXPLAIN {written}"))).scalars()))
    assert ["activity_author_idx" in plan for plan in plans] == [True, False]


async def test_viewers_share_statements_with_different_values(desk: Desk) -> None:
    await desk.company.ticket(service="Réseau")
    sent_statements = []
    for who in ("network", "developer"):
        viewer = desk.company.viewers[who]
        with logged_statements(desk.company.database) as sent:
            async with desk.company.database.reading(viewer) as session:
                seen = list(await tickets.by_ids(session, viewer, [1], ()))
        sent_statements.append((seen, *sent))
    (mine, text_), (theirs, same) = sent_statements
    assert (mine, theirs, text_) == ([1], [], same)


def test_what_depends_on_values_has_no_cache_key() -> None:
    column_ = column("n", Text)
    with pytest.raises(ValueError, match="can't have a cache key"):
        statements.compile_statement(select(column_).where(column_.in_(["a", "b"])))


async def ask(desk: Desk, shape: str, expression: Any, limit: int = 1000, **values: Any) -> list[Any]:
    """Send a document as the manager, with a timeout in milliseconds."""
    async with desk.company.database.reading(desk.company.viewers["manager"]) as session:
        await session.execute(text(f"SET LOCAL statement_timeout = {limit}"))
        return await statements.fetch(session, shape, lambda: select(expression.label("n")), values)


async def test_database_errors_are_translated(desk: Desk) -> None:
    with pytest.raises(TimedOut):
        await ask(desk, "sleeping", func.pg_sleep(5), limit=20)
    with pytest.raises(asyncpg.DivisionByZeroError, match="division by zero"):
        await ask(desk, "dividing", literal(1) / statements.param("zero", Integer), zero=0)
    with pytest.raises(KeyError, match="forgotten"):
        await ask(desk, "forgetting", literal(1) + statements.param("forgotten", Integer))
    [row] = await ask(desk, "one", literal("a", Text))
    assert (row.n, dict(row.mapping)) == ("a", {"n": "a"})


def test_the_cache_has_a_maximum_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "CACHE_SIZE", 2)
    monkeypatch.setattr(statements, "_cache", type(statements._cache)())
    for cache_key in ("a", "b", "a", "c"):
        statements.get_or_compile(cache_key, lambda: select(literal(1)))
    assert list(statements._cache) == ["a", "c"]
