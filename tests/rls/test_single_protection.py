"""Visibility and row-level security are each sufficient: responses are the same without the other one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Criticality
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.client import Api
from tests.desk import Desk
from tests.protection import PROTECTION, VISIBILITY
from tests.rls.single_protection import without_rls, without_visibility

CANARY = "zorglub"
PRINCIPALS = ("requester", "colleague", "developer", "network", "operator", "manager", "admin", "twofold", "everyman")
CALLERS = ("requester", "colleague")
EVERYTHING = """
query ($search: String!, $ids: [ID!]!) {
  all: tickets(first: 100) { totalCount nodes { number title status service { name } requester { name }
    activities(first: 50) { totalCount nodes { kind comment author { name } } } allowedActions } }
  openTickets(first: 100) { totalCount nodes { number } }
  evolutionRequests(first: 100) { totalCount nodes { number } }
  closedTickets(first: 100) { totalCount nodes { number } }
  found: tickets(first: 100, filter: {search: $search}) { totalCount nodes { number } }
  nodes(ids: $ids) { id ... on Ticket { title } ... on User { name } }
  services { name hourlyRate { amount } }
}
"""
WORK = """
query { maintenanceCosts(period: {from: "2020-01-01", to: "2029-12-31"}, groupBy: [APPLICATION, SERVICE]) {
  total { tickets interventions minutes } rows { service { name } figures { interventions minutes } } }
  ticketFlow(period: {from: "2020-01-01", to: "2029-12-31"}, groupBy: [SERVICE]) {
  service { name } opened closed rerouted } }
"""


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Provide re-routed and closed tickets of two requesters, with internal comments and interventions."""
    company = desk.company
    for requester, service, kind in (
        ("requester", "Développement", "NON_BLOCKING"),
        ("colleague", "Développement", "NON_BLOCKING"),
        ("colleague", "Réseau", "EVOLUTION"),
        ("everyman", "Développement", "BLOCKING"),
        ("requester", "Réseau", "NON_BLOCKING"),
    ):
        await company.ticket(
            f"{CANARY} {requester}", requester=requester, service=service, criticality=Criticality(kind)
        )
    await desk.does("developer", Action.COMMENT, 1, comment=f"{CANARY} entre nous.", internal=True)
    await desk.does("developer", Action.LOG_INTERVENTION, 2)
    await desk.does("developer", Action.REROUTE, 2, comment="C'est le réseau.")
    await desk.does("network", Action.LOG_INTERVENTION, 2)
    await desk.does("network", Action.CLOSE, 5, comment="Fini.")
    await desk.does("manager", Action.DECIDE, 3, comment="Plus tard.")
    return desk


async def answers(api: Api, desk: Desk) -> dict[str, Any]:
    """Return the responses to each person."""
    # Without staff: row-level security shows their names to any requester (decision 0015).
    ids = [*(desk.company.id(number) for number in range(1, 6)), *(desk.company.ids[who] for who in CALLERS)]
    results = {}
    for who in PRINCIPALS:
        token = desk.token(who)
        everything = await api.ask(token, EVERYTHING, {"search": f"{CANARY} entre", "ids": ids})
        work = await api.ask(token, WORK)
        assert everything.data is not None, everything.errors
        results[who] = everything.data, [error["message"] for error in everything.errors], work.data, work.codes
    return results


@asynccontextmanager
async def remove_protection(removed: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """Provide the application with one protection removed."""
    settings = Settings(_env_file=None)
    if removed == "visibility":
        without_visibility(monkeypatch)
        yield desk.api
        return
    async with (
        without_rls(desk.company.database) as database,
        Api(settings, database, build(settings, database)) as api,
    ):
        yield api


@pytest.mark.parametrize("removed", ["visibility", "rls"])
async def test_responses_are_the_same_with_one_protection(
    busy: Desk, removed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if removed == PROTECTION:
        pytest.skip("it is the only protection")
    expected = await answers(busy.api, busy)
    assert CANARY in str(expected["requester"])
    async with remove_protection(removed, busy, monkeypatch) as api:
        results = await answers(api, busy)
    for who in PRINCIPALS:
        for name in expected[who][0]:
            assert results[who][0][name] == expected[who][0][name], (who, name)
        assert results[who] == expected[who], who


async def test_without_protection_everybody_sees_everything(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    without_visibility(monkeypatch)
    async with without_rls(busy.company.database) as database, Api(default_settings(), database) as api:
        results = await answers(api, busy)
    assert {len(results[who][0]["all"]["nodes"]) for who in PRINCIPALS} == {5}


def default_settings() -> Settings:
    return Settings(_env_file=None)


@pytest.mark.skipif(PROTECTION == VISIBILITY, reason="it is the only protection")
@pytest.mark.parametrize("action", [Action.COMMENT, Action.CLOSE, Action.REROUTE, Action.LOG_INTERVENTION])
async def test_nobody_writes_on_hidden_tickets(busy: Desk, action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await busy.company.snapshot()
    without_visibility(monkeypatch)
    # Number 4 is of « everyman », who reads it as its requester, and works as a technician elsewhere.
    for who, number in (("network", 1), ("requester", 1), ("admin", 1), ("everyman", 4)):
        answer = await busy.answer(who, action, number, comment="Moi aussi.")
        assert answer.errors or next(iter(answer.data.values()))["userErrors"]
    assert await busy.company.snapshot() == before
