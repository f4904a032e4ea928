"""One request cannot take a server's processor, connections or memory: filters and nodes have their price."""

from typing import Any

import pytest
from sqlalchemy import literal, select

from osit_graphql.api.query_cost.weights import filter_points, id_points
from osit_graphql.db import statements
from osit_graphql.domain.enums import Action
from tests.client import Api
from tests.company import Company
from tests.desk import Desk

COUNT = "query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Recurrence { occurrences application { name } } } }"
RECURRENCES = """{ recurrences(period: {from: "2026-01-01", to: "2026-12-31"}, minOccurrences: 1) { id } }"""
MANY = "{ " + " ".join(f"a{n}: openTickets(first: 1) {{ totalCount }} b{n}: services {{ id }}" for n in range(9)) + " }"
LEAF: dict[str, Any] = {"unassigned": True}


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


def nested(outer: int, inner: int, leaf: dict[str, Any]) -> dict[str, Any]:
    """Return a filter with this many conditions."""
    return {"anyOf": [{"anyOf": [leaf] * inner}] * outer}


def transactions(database: Any) -> list[str]:
    """Log BEGIN and COMMIT of all transactions from now on."""
    log: list[str] = []
    database.query_loggers.append(lambda record: log.append(record.query.partition(" ")[0].rstrip(";")))
    return log


@pytest.mark.parametrize(
    "filter_",
    [
        nested(100, 90, LEAF),
        nested(100, 90, {"causeIds": []}),
        nested(10, 10, LEAF),
        {"anyOf": [{}] * 100},
        {"not": {"anyOf": [{"statuses": ["OPEN"]}] * 99}},
    ],
)
async def test_line_4_a_filter_with_too_many_conditions_is_refused(desk: Desk, filter_: dict[str, Any]) -> None:
    answer = await desk.api.ask(desk.token("requester"), COUNT, {"filter": filter_})
    assert answer.codes in (["BAD_USER_INPUT"], ["OPERATION_TOO_COMPLEX"])
    if answer.codes == ["BAD_USER_INPUT"]:
        assert answer.errors[0]["extensions"]["argument"] == ["filter"]
        assert "100 conditions" in answer.errors[0]["message"]


async def test_line_4_a_filter_with_a_hundred_conditions_is_served(desk: Desk) -> None:
    await desk.company.ticket()
    served = {"anyOf": [{"unassigned": True}] * 49, "not": {"anyOf": []}}
    assert (await desk.reads("requester", COUNT, filter=served))["tickets"]["totalCount"] == 1


def test_line_4_nested_conditions_and_causes_have_points() -> None:
    assert filter_points({"unassigned": True, "statuses": ["OPEN"]}) == 0
    assert filter_points({"causeIds": ["x"]}) == 100
    assert filter_points({"anyOf": [{"statuses": []}] * 10}) == 200
    assert filter_points({"anyOf": [LEAF] * 10}) == 700
    assert filter_points({"anyOf": [LEAF], "not": {"causeIds": []}, "search": "x"}) == 390
    assert filter_points(nested(100, 90, LEAF)) > 180_000
    for odd in (None, 1, "x", [1], {"anyOf": 1}, {"anyOf": {"anyOf": {"not": [LEAF]}}}):
        assert filter_points(odd) >= 0


def test_line_4_statements_are_cached_up_to_a_number_of_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_cache", statements.StatementCache())
    monkeypatch.setattr(statements, "CACHE_CHARACTERS", 1_000)
    for key in range(20):
        statements.get_or_compile(key, lambda: select(*(literal(1).label(f"column_{n}") for n in range(10))))
    assert 0 < statements._cache.characters <= 1_000
    assert statements._cache.characters == sum(len(each.text) for each in statements._cache.values())
    assert list(statements._cache)[-1] == 19


async def test_line_5_a_request_holds_one_connection(desk: Desk) -> None:
    await desk.company.ticket()
    log = transactions(desk.company.database)
    await desk.reads("operator", MANY)
    ends = [word for word in log if word in {"BEGIN", "COMMIT"}]
    assert len(ends) >= 2 * 18
    assert ends == ["BEGIN", "COMMIT"] * (len(ends) // 2)


async def test_line_5_the_nodes_of_a_request_are_read_in_one_transaction(desk: Desk) -> None:
    for application in ("Portail", "Paie", "Stocks"):
        number = await desk.company.ticket(application=application)
        await desk.does("developer", Action.LOG_INTERVENTION, number)
    ids = [row["id"] for row in (await desk.reads("manager", RECURRENCES))["recurrences"]]
    assert len(ids) == 3
    log = transactions(desk.company.database)
    nodes = (await desk.reads("manager", NODES, ids=[*ids, ids[0]]))["nodes"]
    assert [node["id"] for node in nodes] == [*ids, ids[0]]
    assert log.count("BEGIN") == 1


async def test_line_5_ids_of_recurrences_cost_as_reports(desk: Desk) -> None:
    recurrence, ticket = "rec1_AAAA", desk.company.id(await desk.company.ticket())
    assert [id_points(value) for value in (recurrence, [recurrence] * 3, [ticket], None, [1])] == [300, 900, 0, 0, 0]
