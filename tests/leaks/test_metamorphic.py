"""A change that a viewer may not see changes no byte of their responses: no count, cursor, score, figure or time.

It needs no canaries, and detects indirect leaks too. Two are accepted (design 2.1). A requester's own ticket shows by
`version`, `updatedAt` and the order by it that an internal comment was added (tests/unit/test_internal_comments.py).
A new ticket's number shows how many tickets were created before.
"""

from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action, Role
from tests.desk import Desk
from tests.directory.documents import change as changing
from tests.leaks.canaries import WORD
from tests.leaks.knowledge import State, read_state
from tests.leaks.stage import Stage
from tests.meetings.documents import SCHEDULE
from tests.reports.documents import BACK, COSTS, FLOW
from tests.unit import permission_table
from tests.unit.all_documents import CONNECTION, DIRECTORY, NODE, VIEWER

WITNESSES = ("requester", "stranger", "everyman", "developer", "fitter", "admin")
MOMENT = datetime.now(UTC)
PERIOD = {"from": "2025-01-01", "to": "2027-12-31"}
LISTED = f"query ($f: TicketFilter, $o: [TicketOrder!]) {{ tickets(filter: $f, orderBy: $o) {{ {CONNECTION} }} }}"
ALIKE = "query ($to: SimilarTo!) { similarTickets(to: $to, first: 20) { score ticket { number title } } }"
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {NODE} }} }}"
PEOPLE = (
    "{ users(first: 20) { totalCount edges { cursor } nodes { name email phone requestedTickets { totalCount } } } }"
)
CHANGES = ("create", "comment", "whisper", "log", "reroute", "close", "meet", "rename")
HOLDERS = {"Développement": "developer", "Réseau": "network", "Postes": "fitter"}


def list_queries(state: State, who: int) -> list[tuple[str, dict[str, Any]]]:
    """Return a person's documents: all lists, all IDs, visible or not, and searches for words of visible tickets."""
    seen = state.seen(state.person(who))
    words = [word for ticket in state.tickets if ticket.id in seen for word in WORD.findall(ticket.title)]
    keys = [global_ids.encode(Kind.TICKET, ticket.id) for ticket in state.tickets]
    keys += [global_ids.encode(Kind.USER, person.id) for person in state.people]
    keys += [global_ids.encode(Kind.MEETING, meeting.id) for meeting in state.meetings]
    by: dict[str, Any] = {"period": PERIOD, "by": ["SERVICE", "CAUSE"]}
    return [
        (VIEWER, {}), (DIRECTORY, {}), (PEOPLE, {}),
        (LISTED, {}), (LISTED, {"o": [{"field": "PRIORITY"}, {"field": "CLOSED_AT", "direction": "DESC"}]}),
        (LISTED, {"f": {"search": " or ".join(words[:4]) or "rien"}}),
        (LISTED, {"f": {"not": {"serviceIds": [global_ids.encode(Kind.SERVICE, 1)]}}}),
        (ALIKE, {"to": {"draft": {"title": " ".join(words[:4]) or "rien"}}}),
        (NODES, {"ids": keys[:60]}),
        (COSTS, by), (BACK, by | {"min": 1, "first": 50}), (FLOW, {"period": PERIOD, "by": ["MONTH", "SERVICE"]}),
    ]  # fmt: skip


async def read_responses(stage: Stage, who: str, queries: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return a person's responses, all at one fixed time."""
    with clock.at(MOMENT):
        return [(await stage.api.ask(stage.company.tokens[who], *query)).text for query in queries]


def may_see_change(state: State, who: int, touched: Any) -> bool:
    """Whether a person sees the changed ticket or person; a technician also, if their service ever had the ticket."""
    me = state.person(who)
    if isinstance(touched, str):
        key = next(row.id for row in state.people if global_ids.encode(Kind.USER, row.id) == touched)
        return bool({Role(role) for role in me.roles} & permission_table.PEOPLE) or key in state.met(me)
    history = [row for row in state.activities if row.ticket_id == touched]
    ours = {key for row in history for key in (row.from_service_id, row.to_service_id)} - {None}
    ours |= {line.service_id for line in state.lines if line.ticket_id == touched}
    return touched in state.seen(me) or me.service_id in ours


async def make_change(stage: Stage, state: State, change: str, place: int) -> Any:
    """Make a change; return the number of the changed ticket, or the ID of the changed person."""
    desk, company = Desk(stage.company, stage.api), stage.company
    chance = Random(place)
    everybody = [word for ticket in state.tickets for word in WORD.findall(ticket.title)]
    title = " ".join(chance.sample(everybody, 4))  # words of all tickets, which searches and scores use
    if change == "create":
        named = {"requesterId": company.ids[chance.choice(["colleague", "desk"])], "title": title}
        named["serviceId"] = company.ids[chance.choice([*HOLDERS])]
        return (await desk.does("operator", Action.CREATE, **named))["ticket"]["number"]
    if change == "rename":
        key = company.ids[chance.choice(["colleague", "peer", "stranger"])]
        await stage.api.act(
            company.tokens["admin"], changing("user"), id=key, input={"name": stage.canary_source.word()}
        )
        return key
    ticket = chance.choice([ticket for ticket in state.tickets if ticket.status == "OPEN"])
    if change == "meet":
        waiting = [ticket for ticket in state.tickets if ticket.status == "PENDING_DECISION"]
        ticket = chance.choice(waiting)
        values = {"title": title, "heldAt": "2026-04-01T09:00:00Z", "ticketIds": [company.id(ticket.id)]}
        await stage.api.act(company.tokens["manager"], SCHEDULE, input=values)
        return ticket.id
    service = next(name for name in HOLDERS if company.keys[name] == ticket.service_id)
    elsewhere = company.ids[next(name for name in HOLDERS if name != service)]
    inputs: dict[str, dict[str, Any]] = {"whisper": {"internal": True}, "reroute": {"serviceId": elsewhere}}
    more = inputs.get(change, {})
    action = {"whisper": Action.COMMENT, "log": Action.LOG_INTERVENTION}.get(change) or Action(change.upper())
    await desk.does(HOLDERS[service], action, ticket.id, comment=title, **more)
    return ticket.id


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(change=st.sampled_from(CHANGES), place=st.integers(0, 999))
async def test_hidden_changes_do_not_change_responses(stage: Stage, change: str, place: int) -> None:
    before = await read_state(stage.admin)
    witnesses = Random(place).sample(WITNESSES, 3)
    queries = {who: list_queries(before, stage.company.keys[who]) for who in witnesses}
    responses = {who: await read_responses(stage, who, queries[who]) for who in witnesses}
    touched = await make_change(stage, before, change, place)
    after = await read_state(stage.admin)
    for who in witnesses:
        key = stage.company.keys[who]
        if may_see_change(after, key, touched) or (
            touched in {row.id for row in before.tickets} and may_see_change(before, key, touched)
        ):
            continue
        assert await read_responses(stage, who, queries[who]) == responses[who], (change, who)
    assert all(any('"data":{' in answer for answer in answers) for answers in responses.values())
