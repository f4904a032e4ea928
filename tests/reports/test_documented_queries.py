"""The queries about costs and recurrences in docs/clients.md, down to the tickets."""

import re
from typing import Any

from osit_graphql.domain.enums import Action
from tests.architecture.source import ROOT
from tests.client import Api
from tests.company import Company
from tests.desk import Desk

CLIENTS = (ROOT / "docs/clients.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"```graphql\n(query (\w+).*?)\n```", CLIENTS, re.DOTALL))


async def test_a_manager_goes_from_costs_to_tickets(company: Company, api: Api) -> None:
    desk = Desk(company, api)
    for day in ("2026-10-05", "2026-10-15", "2026-11-05"):
        number = await company.ticket()
        await desk.does("developer", Action.LOG_INTERVENTION, number, startedAt=f"{day}T09:00:00+01:00")
    queries = {name: document for document, name in QUERIES.items()}
    costs: Any = await desk.reads("manager", queries["Costs"])
    [row] = costs["maintenanceCosts"]["rows"]
    assert (row["application"]["name"], row["figures"]["total"]["amount"]) == ("Portail", "127.50")
    application = row["application"]["id"]
    months: Any = await desk.reads("manager", queries["Months"], application=application)
    actual = [(row["month"], row["figures"]["total"]["amount"]) for row in months["maintenanceCosts"]["rows"]]
    assert actual == [("2026-10-01", "85.00"), ("2026-11-01", "42.50")]
    back: Any = await desk.reads("manager", queries["Recurrences"], application=application)
    [recurrence] = back["recurrences"]
    assert (recurrence["cause"]["name"], recurrence["occurrences"]) == ("Configuration", 3)
    assert [node["number"] for node in recurrence["tickets"]["nodes"]] == [3, 2, 1]
