"""The company's complete log, if it is beside the checkout: the import matches its counts."""

import csv
from collections.abc import Callable
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.services.importer.mapping import read_map
from osit_graphql.services.importer.plan import ImportTotals, Plan, plan_import
from osit_graphql.services.importer.writer import ImportResult, import_incidents
from tests.importer.dumps import sizes
from tests.importer.exports import EXAMPLE, ROOT
from tests.superuser import as_superuser

LOG = ROOT.parent / "shared" / "data" / "incident_event_log.csv"
pytestmark = pytest.mark.skipif(not LOG.is_file(), reason="the complete log is not beside this checkout")

CLOSED = {"Resolved", "Closed"}
FIGURES = """
SELECT count(*) AS tickets, count(closed_at) AS closed, count(*) FILTER (WHERE reroute_count > 0) AS rerouted,
       sum(reroute_count) AS reroutings, count(*) FILTER (WHERE reopen_count > 0) AS reopened,
       sum(reopen_count) AS reopenings
FROM ticket
"""
DISAGREEING = """
SELECT count(*) FROM ticket t WHERE t.reroute_count <> (
    SELECT count(*) FROM activity a WHERE a.ticket_id = t.id AND a.kind = 'REROUTING'
) OR t.reopen_count <> (
    SELECT count(*) FROM activity a WHERE a.ticket_id = t.id AND a.kind = 'STATUS_CHANGE' AND a.from_status = 'CLOSED'
) OR t.closed_at IS DISTINCT FROM (
    SELECT created_at FROM activity a WHERE a.ticket_id = t.id AND a.to_status = 'CLOSED' ORDER BY a.id DESC LIMIT 1
) OR t.version <> (SELECT max(version) FROM activity a WHERE a.ticket_id = t.id)
"""


def count_in_the_log() -> dict[str, int]:
    """Count from the rows, without OSIT's code."""
    incidents: dict[str, list[dict[str, str]]] = {}
    with LOG.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            incidents.setdefault(row["number"], []).append(row)
    groups = [
        [row["assignment_group"] for row in rows if row["assignment_group"] != "?"] for rows in incidents.values()
    ]
    states = [[row["incident_state"] in CLOSED for row in rows] for rows in incidents.values()]
    moves = [sum(before != after for before, after in pairwise(known)) for known in groups]
    again = [sum(before and not after for before, after in pairwise(closed)) for closed in states]
    return {
        "tickets": len(incidents),
        "closed": sum(closed[-1] for closed in states),
        "rerouted": sum(map(bool, moves)),
        "reroutings": sum(moves),
        "reopened": sum(map(bool, again)),
        "reopenings": sum(again),
        "services": len({group for known in groups for group in known}) + 1,  # and the placeholder
        "sites": len({row["location"] for rows in incidents.values() for row in rows} - {"?"}) + 1,  # the same
    }


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_import(LOG, read_map(EXAMPLE))


def test_the_plan_matches_the_log(plan: Plan) -> None:
    assert plan.errors == []
    assert (plan.rows, plan.incidents) == (5998, 890)
    assert plan.totals() == ImportTotals(
        tickets=890, closed=890, rerouted=381, reroutings=834, counted_reroutings=877, reopened=10, reopenings=11,
        counted_reopenings=11, interventions=0,
    )  # fmt: skip
    directory = plan.directory
    assert [
        len(names) for names in (directory.services, directory.sites, directory.applications, directory.causes)
    ] == [62, 85, 32, 14]
    assert len(directory.people) == 639 + 56 + 239  # callers, operators, technicians
    assert plan.placeholder("services") == "Groupe inconnu"
    assert plan.placeholder("sites") == "Site inconnu"
    assert plan.placeholder("causes") is None


def test_irregularities_in_the_log_give_warnings(plan: Plan) -> None:
    warnings = [str(remark).partition(", ")[2] for remark in plan.warnings]
    assert warnings.count("sys_updated_at: the time runs backwards; it is taken as the file gives it.") == 6
    moved = "incident_state: the incident changes after its closing; its closing is taken to be at this line."
    assert warnings.count(moved) == 6
    assert sum(sentence.startswith("reassignment_count: the file counts ") for sentence in warnings) == 35
    assert len(warnings) == 47


async def test_the_imported_log_matches_the_counts_of_the_file(
    database: Database, plan: Plan, record_property: Callable[[str, object], None]
) -> None:
    made = {"tickets": 890, "services": 62, "sites": 85, "applications": 32, "causes": 14, "people": 934}
    assert await import_incidents(database, plan, ZoneInfo("Europe/Paris")) == ImportResult(
        dict.fromkeys(made, 0), made
    )
    async with as_superuser(database).reading() as session:
        [figures] = await session.execute(text(FIGURES))
        assert await session.scalar(text(DISAGREEING)) == 0
    written = await sizes(database)
    actual = dict(figures) | {"services": written["service"], "sites": written["site"]}
    expected = count_in_the_log()
    for name, count in expected.items():
        record_property("reconciled", f"{name}: {count} in the log, {actual[name]} in OSIT")
    assert actual == expected
