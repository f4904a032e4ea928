"""Issue 17, line 24: exports as GLPI, Zammad, Jira Cloud, osTicket and ServiceNow write them, with the example maps.

`products` has a made-up export of 30 tickets for each, and the expected tickets in the order of their creation.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.services.importer.mapping import IncidentMap, read_map
from osit_graphql.services.importer.plan import Plan, plan_import
from osit_graphql.services.importer.writer import import_incidents
from tests.importer.dumps import TICKETS_WITH_NAMES
from tests.importer.exports import ROOT
from tests.superuser import as_superuser, audit_differences

PRODUCTS = Path(__file__).with_name("products")
NAMES = ["glpi", "zammad", "jira", "osticket", "servicenow-list"]
TICKETS = f"""
SELECT t.id, substring(t.external_ref from ':(.*)') AS number, t.title, t.description, t.status, t.severity,
       t.criticality, t.opened_at, t.closed_at, t.updated_at, requester.name AS requester, operator.name AS operator,
       assignee.name AS assignee, application.name AS application, service.name AS service, site.name AS site,
       cause.name AS cause
{TICKETS_WITH_NAMES}
ORDER BY t.id
"""
ACTIVITIES = """
SELECT a.ticket_id, a.kind, a.created_at, author.name AS author
FROM activity a LEFT JOIN person author ON author.id = a.author_id ORDER BY a.id
"""


def read_example(name: str) -> IncidentMap:
    """Return the example map of a product."""
    return read_map(ROOT / "examples" / f"{name}.toml")


def plan_product(name: str) -> Plan:
    """Plan the import of a product's export."""
    return plan_import(PRODUCTS / f"{name}.csv", read_example(name))


def as_json(value: object) -> object:
    """Return a time as the expected tickets write it."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


async def written_tickets(database: Database) -> list[dict[str, Any]]:
    """Return all tickets with the kinds, times and authors of their activities."""
    async with as_superuser(database).reading() as session:
        await session.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        tickets = {row["id"]: dict(row.items()) for row in await session.execute(text(TICKETS))}
        activities = list(await session.execute(text(ACTIVITIES)))
    for ticket_id, ticket in tickets.items():
        del ticket["id"]
        ticket["activities"] = [list(map(as_json, row[1:])) for row in activities if row[0] == ticket_id]
    return [{key: as_json(value) for key, value in ticket.items()} for ticket in tickets.values()]


@pytest.mark.parametrize("name", NAMES)
async def test_line_24_an_export_gives_its_expected_tickets(database: Database, name: str) -> None:
    expected = json.loads((PRODUCTS / f"{name}.json").read_text(encoding="utf-8"))
    plan = plan_product(name)
    assert plan.errors == []
    assert list(map(str, plan.warnings)) == expected["warnings"]
    await import_incidents(database, plan, ZoneInfo("Europe/Paris"))
    tickets = await written_tickets(database)
    assert len(tickets) == 30
    assert tickets == expected["tickets"]
    assert await audit_differences(database) == []
    again = await import_incidents(database, plan_product(name), ZoneInfo("Europe/Paris"))
    assert set(again.created.values()) == {0}


@pytest.mark.parametrize("name", [*NAMES, "servicenow"])
def test_line_24_an_example_map_names_every_state(name: str) -> None:
    assert read_example(name).state.otherwise is None
