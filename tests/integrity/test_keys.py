"""An idempotency key makes a retry safe: one effect, and the first response again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from osit_graphql.db.models import SessionToken
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk
from tests.documents import DOCUMENTS, actor, valid_input
from tests.meetings.documents import SCHEDULE
from tests.protection import weaker_under_rls
from tests.superuser import as_superuser

REUSED = [("input.idempotencyKey", "IDEMPOTENCY_KEY_REUSED")]
ACTIONS = list(Action)


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_action_happens_once(desk: Desk, action: Action) -> None:
    target, who = await desk.target(action), actor(action)
    first = await desk.does(who, action, target, idempotencyKey="k")
    before = await desk.company.snapshot()
    again = await desk.does(who, action, target, idempotencyKey="k")
    assert again == first
    assert await desk.company.snapshot() == before
    assert first["activity"] is not None


async def test_a_meeting_is_scheduled_once(desk: Desk) -> None:
    number = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    input_ = {"title": "Comité", "heldAt": "2026-12-01T10:00:00Z", "ticketIds": [desk.company.id(number)]}
    token, keyed = desk.token("manager"), {**input_, "idempotencyKey": "k"}
    first = await desk.api.act(token, SCHEDULE, input=keyed)
    assert await desk.api.act(token, SCHEDULE, input=keyed) == first
    other = await desk.api.act(token, SCHEDULE, input=input_)
    assert other["meeting"]["id"] != first["meeting"]["id"]
    assert await desk.api.refusal(token, SCHEDULE, input={**keyed, "title": "Autre"}) == REUSED


@pytest.mark.parametrize(
    "changes", [{"comment": "Autre chose."}, {"internal": True}, {"expectedVersion": 1}, {"ticket": 2}]
)
async def test_other_arguments_are_refused(desk: Desk, changes: dict[str, object]) -> None:
    numbers = [await desk.company.ticket() for _ in range(2)]
    await desk.does("developer", Action.COMMENT, numbers[0], idempotencyKey="k")
    number = numbers[1] if changes.pop("ticket", None) else numbers[0]
    assert await desk.is_refused("developer", Action.COMMENT, number, idempotencyKey="k", **changes) == REUSED


async def test_another_mutation_is_refused(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.CLOSE, number, idempotencyKey="k")
    assert await desk.is_refused("developer", Action.REOPEN, number, idempotencyKey="k") == REUSED


async def test_equal_values_in_other_notations_are_the_same_request(desk: Desk) -> None:
    number = await desk.company.ticket()
    values = {"startedAt": "2026-01-05T09:00:00+01:00", "expenses": "12.50"}
    first = await desk.does("developer", Action.LOG_INTERVENTION, number, idempotencyKey="k", **values)
    same = {"startedAt": "2026-01-05T08:00:00Z", "expenses": "12.5"}
    assert await desk.does("developer", Action.LOG_INTERVENTION, number, idempotencyKey=" k ", **same) == first


async def test_a_key_belongs_to_one_user(desk: Desk) -> None:
    number = await desk.company.ticket()
    own = await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    theirs = await desk.does("peer", Action.COMMENT, number, idempotencyKey="k")
    assert theirs["activity"]["id"] != own["activity"]["id"]
    assert theirs["activity"]["author"]["name"] == "Peer"
    other = await desk.does("peer", Action.COMMENT, number, idempotencyKey="l", comment="Autre chose.")
    assert other["ticket"]["version"] == 4


@weaker_under_rls
async def test_a_replayed_response_shows_what_is_visible_now(desk: Desk) -> None:
    number = await desk.company.ticket()
    first = await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    await desk.does("peer", Action.REROUTE, number)
    again = await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    assert again == first | {"ticket": None, "activity": again["activity"]}
    assert again["activity"]["id"] == first["activity"]["id"]


async def test_a_retry_may_select_other_fields(desk: Desk) -> None:
    number = await desk.company.ticket()
    first = await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    bare = "mutation ($id: ID!, $input: TicketCommentInput!) { ticketComment(id: $id, input: $input) { BODY } }"
    body = "activity { id createdAt } userErrors { code }"
    variables = {"id": desk.company.id(number), "input": valid_input(desk.company, Action.COMMENT, idempotencyKey="k")}
    again = await desk.api.act(desk.token("developer"), bare.replace("BODY", body), **variables)
    assert again["activity"]["id"] == first["activity"]["id"]


@pytest.mark.parametrize(
    ("key", "code"), [("", "REQUIRED"), (" \t", "REQUIRED"), ("k" * 256, "TOO_LONG"), ("k\0", "INVALID")]
)
async def test_an_invalid_key_is_refused(desk: Desk, key: str, code: str) -> None:
    number = await desk.company.ticket()
    assert await desk.is_refused("developer", Action.COMMENT, number, idempotencyKey=key) == [
        ("input.idempotencyKey", code)
    ]


async def test_without_a_key_an_action_is_repeated(desk: Desk) -> None:
    number = await desk.company.ticket()
    for key in (None, None, "k" * 255):
        await desk.does("developer", Action.COMMENT, number, idempotencyKey=key)
    assert len(await desk.history("developer", number)) == 4


async def test_invalid_arguments_may_be_corrected_with_the_same_key(desk: Desk) -> None:
    number = await desk.company.ticket()
    key = {"idempotencyKey": "k"}
    assert await desk.is_refused("developer", Action.CLOSE, number, comment=" ", **key) == [
        ("input.comment", "REQUIRED")
    ]
    closed = await desk.does("developer", Action.CLOSE, number, **key)
    assert closed["ticket"]["status"] == "CLOSED"


async def test_a_refusal_is_replayed_for_the_same_reopening_only(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.COMMENT, number)

    async def close(**changes: object) -> list[str]:
        input_ = valid_input(desk.company, Action.CLOSE, idempotencyKey="k", **changes)
        payload = (
            await desk.api.ask(
                desk.token("developer"), DOCUMENTS[Action.CLOSE], {"id": desk.company.id(number), "input": input_}
            )
        ).data["ticketClose"]
        return [payload["ticket"]["status"], *(error["code"] for error in payload["userErrors"])]

    assert await close(expectedVersion=1) == ["OPEN", "STALE_VERSION"]
    assert await close(expectedVersion=1) == ["OPEN", "STALE_VERSION"]
    assert await close(expectedVersion=2) == ["CLOSED"]
    assert await close(expectedVersion=2) == ["CLOSED"]


async def test_the_first_response_is_replayed_even_if_it_would_change(desk: Desk) -> None:
    number = await desk.company.ticket()
    reopening = "developer", Action.REOPEN, number
    refusal = [("id", "NOT_ALLOWED_IN_STATUS")]
    first = await desk.answer(*reopening, idempotencyKey="k")
    await desk.does("developer", Action.CLOSE, number)
    assert await desk.is_refused(*reopening, idempotencyKey="k") == refusal
    assert (await desk.answer(*reopening, idempotencyKey="k")).text == first.text
    await desk.does(*reopening, idempotencyKey="l")


@pytest.mark.parametrize("action", [Action.CREATE, Action.COMMENT, Action.CLOSE, Action.REROUTE])
async def test_concurrent_requests_with_one_key_act_once(desk: Desk, action: Action) -> None:
    target, who = await desk.target(action), actor(action)
    payloads = await asyncio.gather(*(desk.does(who, action, target, idempotencyKey="k") for _ in range(8)))
    assert {payload["activity"]["id"] for payload in payloads} == {payloads[0]["activity"]["id"]}
    activity_kinds = [kind for kind, *_ in await kinds(desk)]
    assert activity_kinds.count("OPENED") == 1
    assert len(activity_kinds) == (1 if action is Action.CREATE else 2)


async def kinds(desk: Desk) -> list[tuple[str, int]]:
    """Return the kind and version of every row of history."""
    rows = (await desk.company.rows())["activity"]
    return [(row[3], row[2]) for row in rows]


async def test_a_key_is_valid_for_48_hours(desk: Desk) -> None:
    number = await desk.company.ticket()
    key = {"idempotencyKey": "k"}
    first = await desk.does("developer", Action.COMMENT, number, **key)
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(update(SessionToken).values(expires_at=datetime.now(UTC) + timedelta(days=9)))
    for hours, fresh in ((47.9, False), (48.1, True)):
        with clock.at(datetime.now(UTC) + timedelta(hours=hours)):
            again = await desk.does("developer", Action.COMMENT, number, **key)
        assert (again["activity"]["id"] != first["activity"]["id"]) is fresh
