"""Concurrent writers: each version has one writer, and nothing is lost."""

import asyncio

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk


@pytest.mark.parametrize("action", [Action.COMMENT, Action.CLOSE, Action.REROUTE, Action.PRIORITIZE])
async def test_exactly_one_of_concurrent_writers_succeeds(desk: Desk, action: Action) -> None:
    number = await desk.company.ticket()
    people = ("developer", "peer", "developer", "peer")
    answers = await asyncio.gather(*(desk.answer(who, action, number, expectedVersion=1) for who in people))
    payloads = [next(iter(answer.data.values())) for answer in answers]
    accepted = [payload for payload in payloads if payload["userErrors"] == []]
    refused = [payload for payload in payloads if payload["userErrors"] != []]
    assert (len(accepted), len(refused)) == (1, 3)
    for payload in refused:
        codes = [error["code"] for error in payload["userErrors"]]
        if action is Action.REROUTE:  # the accepted one hid it from the others
            assert (codes, payload["ticket"]) == (["NOT_FOUND"], None)
        else:
            assert codes[0] == "STALE_VERSION"
            assert payload["ticket"]["version"] == 2
    assert (await desk.ticket("manager", number, "version"))["version"] == 2
    assert len(await desk.history("manager", number)) == 2


async def test_concurrent_comments_without_a_version_all_succeed(desk: Desk) -> None:
    number = await desk.company.ticket()
    comments = [f"Commentaire {index}" for index in range(20)]
    await asyncio.gather(*(desk.does("developer", Action.COMMENT, number, comment=comment) for comment in comments))
    assert (await desk.ticket("developer", number, "version"))["version"] == 21
    history = await desk.history("developer", number)
    assert sorted(row["comment"] for row in history[1:]) == sorted(comments)


async def test_an_intervention_is_voided_once(desk: Desk) -> None:
    number = await desk.company.ticket()
    logged = (await desk.does("developer", Action.LOG_INTERVENTION, number))["activity"]["id"]
    people = ("developer", "manager", "developer", "manager")
    answers = await asyncio.gather(*(desk.answer(who, Action.VOID_INTERVENTION, logged) for who in people))
    codes = [[error["code"] for error in answer.data["interventionVoid"]["userErrors"]] for answer in answers]
    assert sorted(codes) == [[], *[["NOT_ALLOWED_IN_STATUS"]] * 3]
    kinds = [row["kind"] for row in await desk.history("manager", number)]
    assert kinds == ["OPENED", "INTERVENTION", "INTERVENTION_VOIDED"]


async def test_a_stale_version_shows_the_ticket_as_it_is(desk: Desk) -> None:
    number = await desk.company.ticket()
    logged = (await desk.does("developer", Action.LOG_INTERVENTION, number))["activity"]["id"]
    for action, target in ((Action.CLOSE, number), (Action.VOID_INTERVENTION, logged)):
        answer = await desk.answer("developer", action, target, expectedVersion=1)
        [payload] = answer.data.values()
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("STALE_VERSION", ["input", "expectedVersion"])
        ]
        assert (payload["ticket"]["version"], payload["ticket"]["status"]) == (2, "OPEN")
