"""The recurrences of the real log, imported with a declared duration."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.services.importer.mapping import Interventions, read_map
from osit_graphql.services.importer.plan import plan_import
from osit_graphql.services.importer.writer import import_incidents
from tests.architecture.source import ROOT
from tests.client import Api
from tests.company import Company
from tests.importer.exports import EXAMPLE, FIXTURE
from tests.superuser import as_superuser

LOG = ROOT.parent / "shared" / "data" / "incident_event_log.csv"
RECURRENCES = """
query ($first: Int!) {
  recurrences(period: {from: "2016-01-01", to: "2017-12-31"}, minOccurrences: 2, first: $first) {
    application { name } cause { name } occurrences previousOccurrences figures { minutes interventions }
    tickets(first: 1) { totalCount nodes { number } }
  }
}"""
EXPECTED_RECURRENCES = """
SELECT a.name, c.name, count(DISTINCT i.ticket_id), sum(i.minutes) FROM intervention i
JOIN ticket t ON t.id = i.ticket_id JOIN application a ON a.id = t.application_id JOIN cause c ON c.id = i.cause_id
GROUP BY a.name, c.name HAVING count(DISTINCT i.ticket_id) >= 2
"""


NEEDS_LOG = pytest.mark.skipif(not LOG.exists(), reason="the complete log is only beside the project's own clones")


@pytest.mark.parametrize("file", [pytest.param(FIXTURE, id="200 rows"), pytest.param(LOG, id="all", marks=NEEDS_LOG)])
async def test_an_imported_log_shows_its_recurrences(company: Company, api: Api, file: Path) -> None:
    declared = read_map(EXAMPLE).model_copy(update={"interventions": Interventions(minutes=30)})
    await import_incidents(company.database, plan_import(file, declared), ZoneInfo("Europe/Paris"))
    async with as_superuser(company.database).reading() as session:
        counted = {(row[0], row[1]): (row[2], row[3]) for row in await session.execute(text(EXPECTED_RECURRENCES))}
    recurrences = (await api.read(company.tokens["manager"], RECURRENCES, first=100))["recurrences"]
    by_group = {
        (recurrence["application"]["name"], recurrence["cause"]["name"]): recurrence for recurrence in recurrences
    }
    assert len(recurrences) == min(len(counted), 100) > 3
    for group, recurrence in by_group.items():
        assert (recurrence["occurrences"], recurrence["figures"]["minutes"]) == counted[group]
        assert (recurrence["tickets"]["totalCount"], recurrence["previousOccurrences"]) == (
            recurrence["occurrences"],
            0,
        )
    assert [recurrence["occurrences"] for recurrence in recurrences] == sorted(
        (recurrence["occurrences"] for recurrence in recurrences), reverse=True
    )
