"""The specification's story, run in GraphiQL: authentication error, developers, network."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.graphiql import GraphiQL


def numbers(tickets: dict[str, Any]) -> list[int]:
    return [ticket["number"] for ticket in tickets["nodes"]]


def check_desk(data: dict[str, Any]) -> None:
    [caller] = data["appelants"]["nodes"]
    assert caller["email"] == "requester@demo.example"
    assert caller["requestedTickets"]["totalCount"] >= len(caller["requestedTickets"]["nodes"]) > 0
    assert 0 < data["similarTickets"][0]["score"] <= 1


async def test_the_story_from_the_call_to_the_closing(graphiql: GraphiQL, screenshots: Path) -> None:
    await graphiql.open("/")
    assert graphiql.page.url == f"{graphiql.address}/graphiql"

    await graphiql.become("operator")
    check_desk(await graphiql.play(1))
    created = (await graphiql.play(2))["ticketCreate"]
    assert created["userErrors"] == []
    assert created["ticket"]["service"]["name"] == "Développement RH"
    assert created["ticket"]["status"] == "OPEN"
    number = created["ticket"]["number"]
    await graphiql.page.screenshot(path=screenshots / "1-created.png")

    await graphiql.become("developer")
    assert number in numbers((await graphiql.play(3))["openTickets"])
    await graphiql.page.screenshot(path=screenshots / "2-queue.png")
    assert (await graphiql.play(4))["ticketLogIntervention"]["userErrors"] == []
    rerouted = (await graphiql.play(5))["ticketReroute"]
    assert rerouted["userErrors"] == []
    assert rerouted["ticket"] is None
    assert rerouted["activity"]["toService"]["name"] == "Réseau"
    await graphiql.page.screenshot(path=screenshots / "3-rerouted.png")
    assert number not in numbers((await graphiql.play(3))["openTickets"])
    assert (await graphiql.play(6))["ticket"] is None

    await graphiql.become("network")
    arrived = await graphiql.play(6)
    assert number in numbers(arrived["openTickets"])
    history = arrived["ticket"]["activities"]["nodes"]
    assert [activity["kind"] for activity in history] == ["OPENED", "INTERVENTION", "REROUTING"]
    assert history[-1]["comment"] == rerouted["activity"]["comment"]
    await graphiql.page.screenshot(path=screenshots / "4-history.png")
    closed = (await graphiql.play(7))["ticketClose"]
    assert closed["userErrors"] == []
    assert closed["ticket"]["status"] == "CLOSED"

    await graphiql.become("requester")
    assert numbers((await graphiql.play(8))["closedTickets"])[0] == number
    await graphiql.page.screenshot(path=screenshots / "5-closed.png")


async def test_the_reports_of_costs_and_recurrences(graphiql: GraphiQL, screenshots: Path) -> None:
    await graphiql.open()
    await graphiql.become("operator")
    await graphiql.play(1)  # selects the application of the report
    await graphiql.become("manager")
    data = await graphiql.play(9)
    costs = [float(row["figures"]["total"]["amount"]) for row in data["parApplication"]["rows"]]
    assert costs == sorted(costs, reverse=True)
    assert sum(costs) == pytest.approx(float(data["parApplication"]["total"]["total"]["amount"]))
    assert len(data["parMois"]["rows"]) > 6
    recurrence = data["recurrences"][0]
    assert recurrence["occurrences"] >= recurrence["tickets"]["totalCount"] >= len(recurrence["tickets"]["nodes"]) > 0
    assert sum(row["opened"] for row in data["ticketFlow"]) > 100
    assert any(row["medianHoursToClose"] for row in data["ticketFlow"])
    await graphiql.page.screenshot(path=screenshots / "6-reports.png")
