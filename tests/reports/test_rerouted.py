"""A service's figures of a ticket stop when it leaves the service; its costs follow the application of today."""

from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from osit_graphql.domain.enums import Action
from osit_graphql.server.app import build
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.services.reports.rollup_check import check_rollups
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.reports.documents import BACK, COSTS, FLOW

DAYS = {"from": "2020-01-01", "to": "2029-12-31"}
ZONE = ZoneInfo("Europe/Paris")
FLOW_GROUPS: tuple[list[str], ...] = (
    [],
    ["APPLICATION"],
    ["SITE"],
    ["MONTH", "SERVICE"],
    ["APPLICATION", "SITE"],
    ["APPLICATION", "SERVICE"],
)
BACK_GROUPS = (["CAUSE"], ["SERVICE", "CAUSE"], ["APPLICATION", "CAUSE"], ["APPLICATION", "SITE"])
COST_GROUPS: tuple[list[str], ...] = ([], ["MONTH"], ["CAUSE"], ["SERVICE"])


@pytest.fixture(params=["primary", "replica"])
async def desk(company: Company, settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """Provide a desk whose reports come from the primary, or from a replica without delay."""
    replica = company.database if request.param == "replica" else None
    async with Api(settings, company.database, build(settings, company.database, replica=replica)) as api:
        yield Desk(company, api)


async def change_elsewhere(desk: Desk, who: str, number: int, application: str, site: str) -> None:
    """Do everything on a ticket that could move figures: correct, work, close, reopen."""
    ids = desk.company.ids
    await desk.does(who, Action.QUALIFY, number, applicationId=ids[application], siteId=ids[site])
    await desk.does(who, Action.LOG_INTERVENTION, number, minutes=7)
    await desk.does(who, Action.CLOSE, number)
    await desk.does(who, Action.REOPEN, number)


async def service_reports(desk: Desk, who: str, **narrowed: Any) -> dict[str, Any]:
    """Return flow, costs and sums of recurrences; an application of recurrences is that of today, as with costs.

    `narrowed`: filters by name, with the names of rows.
    """
    filter_ = {name: [desk.company.ids[value] for value in values] for name, values in narrowed.items()}
    variables = {"period": DAYS, "filter": filter_, "min": 1, "first": 100}
    reports: dict[str, Any] = {}
    for by in FLOW_GROUPS:
        reports[f"flow {by}"] = (await desk.reads(who, FLOW, by=by, **variables))["ticketFlow"]
    for by in COST_GROUPS:
        costs = (await desk.reads(who, COSTS, by=by, **variables))["maintenanceCosts"]
        reports[f"costs {by}"] = costs
    for by in BACK_GROUPS:
        rows = (await desk.reads(who, BACK, by=by, **variables))["recurrences"]
        counts = {name: sum(row[name] for row in rows) for name in ("occurrences", "previousOccurrences", "reopened")}
        reports[f"recurrences {by}"] = counts | {"minutes": sum(row["figures"]["minutes"] for row in rows)}
    return reports


async def reopened(desk: Desk, who: str, **narrowed: Any) -> set[int]:
    """Return how many reopened tickets the recurrences count: one number, if every grouping agrees."""
    reports = await service_reports(desk, who, **narrowed)
    return {counts["reopened"] for name, counts in reports.items() if name.startswith("recurrences")}


async def flow_places(desk: Desk, who: str, **narrowed: Any) -> list[tuple[str, str]]:
    """Return the applications and sites of the flow; the rollup and the events must agree."""
    names = {global_id: name for name, global_id in desk.company.ids.items()}
    filter_ = {name: [desk.company.ids[value] for value in values] for name, values in narrowed.items()}

    async def groups(by: list[str]) -> list[tuple[str, ...]]:
        rows = (await desk.reads(who, FLOW, period=DAYS, by=by, filter=filter_))["ticketFlow"]
        return sorted(tuple(names[row[name.lower()]["id"]] for name in by) for row in rows)

    places = await groups(["APPLICATION", "SITE"])
    for position, name in enumerate(("APPLICATION", "SITE")):
        assert await groups([name]) == sorted({(place[position],) for place in places})
    return [(application, site) for application, site in places]


async def merge_and_check(desk: Desk) -> None:
    """Check the rollups before and after merging."""
    assert await check_rollups(desk.company.database, ZONE) == []
    await rollup_jobs.merge(desk.company.database)
    assert await check_rollups(desk.company.database, ZONE) == []


@pytest.mark.parametrize("merged", [False, True])
async def test_line_9_reports_of_a_technician_stop_at_the_rerouting(desk: Desk, merged: bool) -> None:
    """Reopened by its first service or not, a ticket keeps the figures that it left with."""
    for reopenings in (0, 1):
        number = await desk.company.ticket()
        await desk.does("developer", Action.LOG_INTERVENTION, number)
        for _ in range(reopenings):
            await desk.does("developer", Action.CLOSE, number)
            await desk.does("developer", Action.REOPEN, number)
        await desk.does("developer", Action.REROUTE, number)
    questions: list[tuple[str, dict[str, list[str]]]] = [
        ("developer", {}),
        ("peer", {"serviceIds": ["Développement", "Réseau"]}),
        ("developer", {"causeIds": ["Configuration"]}),
        ("manager", {"serviceIds": ["Développement"]}),
    ]
    before = [await service_reports(desk, who, **narrowed) for who, narrowed in questions]
    assert [await reopened(desk, who, **narrowed) for who, narrowed in questions] == [{1}] * len(questions)
    for number in (1, 2):
        if merged:
            await rollup_jobs.merge(desk.company.database)
        await change_elsewhere(desk, "network", number, "Paie", "Lyon")
        assert [await service_reports(desk, who, **narrowed) for who, narrowed in questions] == before
    await merge_and_check(desk)
    assert [await service_reports(desk, who, **narrowed) for who, narrowed in questions] == before
    for who, narrowed in questions:
        assert await flow_places(desk, who, **narrowed) == [("Portail", "Paris")]
    for narrowed in ({"applicationIds": ["Paie"]}, {"siteIds": ["Lyon"]}):
        assert await flow_places(desk, "developer", **narrowed) == []
        assert await flow_places(desk, "network", **narrowed) == [("Paie", "Lyon")]
    assert await reopened(desk, "network") == {2}
    assert await reopened(desk, "manager") == {2, 3}  # 3 by service: one of the first, two of the second
    assert await flow_places(desk, "manager") == [("Paie", "Lyon")]


async def test_costs_of_a_technician_follow_the_application_of_today(desk: Desk) -> None:
    """`docs/security.md` says so: the costs of an application are those of its tickets of today."""
    number = await desk.company.ticket()
    await desk.does("developer", Action.LOG_INTERVENTION, number)
    await desk.does("developer", Action.REROUTE, number)
    await change_elsewhere(desk, "network", number, "Paie", "Lyon")
    [cost] = (await desk.reads("developer", COSTS, period=DAYS, by=["APPLICATION", "SITE"]))["maintenanceCosts"]["rows"]
    variables = {"period": DAYS, "by": ["APPLICATION", "CAUSE"], "min": 1, "first": 10}
    [recurrence] = (await desk.reads("developer", BACK, **variables))["recurrences"]
    ids = desk.company.ids
    assert (cost["application"]["id"], cost["site"]["id"]) == (ids["Paie"], ids["Lyon"])
    assert (recurrence["application"]["id"], recurrence["figures"]) == (ids["Paie"], cost["figures"])


async def test_line_9_each_service_of_a_ticket_rerouted_twice_keeps_its_own_figures(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.LOG_INTERVENTION, number)
    await desk.does("developer", Action.REROUTE, number)
    first = await service_reports(desk, "developer")
    await change_elsewhere(desk, "network", number, "Paie", "Lyon")
    await desk.does("network", Action.REROUTE, number, serviceId=desk.company.ids["Postes"])
    second = await service_reports(desk, "network")
    await merge_and_check(desk)
    place = {"applicationId": desk.company.ids["Stocks"], "siteId": desk.company.ids["Paris"]}
    await desk.does("operator", Action.QUALIFY, number, **place)
    await merge_and_check(desk)
    assert (await service_reports(desk, "developer"), await service_reports(desk, "network")) == (first, second)
    assert (await reopened(desk, "developer"), await reopened(desk, "network")) == ({0}, {1})
    assert await flow_places(desk, "developer") == [("Portail", "Paris")]
    assert await flow_places(desk, "network") == [("Paie", "Lyon")]
    assert await flow_places(desk, "manager") == [("Stocks", "Paris")]
    assert await reopened(desk, "manager") == {1}


async def test_line_9_reports_follow_a_ticket_that_comes_back_until_it_leaves_again(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.LOG_INTERVENTION, number)
    await desk.does("developer", Action.REROUTE, number)
    await change_elsewhere(desk, "network", number, "Paie", "Lyon")
    assert (await flow_places(desk, "developer"), await reopened(desk, "developer")) == ([("Portail", "Paris")], {0})
    await desk.does("network", Action.REROUTE, number, serviceId=desk.company.ids["Développement"])
    # Its technicians see the ticket again, as it is today.
    assert (await flow_places(desk, "developer"), await reopened(desk, "developer")) == ([("Paie", "Lyon")], {1})
    await merge_and_check(desk)
    await desk.does("developer", Action.REROUTE, number)
    before = await service_reports(desk, "developer")
    await change_elsewhere(desk, "network", number, "Stocks", "Paris")
    await merge_and_check(desk)
    assert await service_reports(desk, "developer") == before
    assert (await flow_places(desk, "developer"), await reopened(desk, "developer")) == ([("Paie", "Lyon")], {1})
