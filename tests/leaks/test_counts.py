"""A9: lists, pages and counts match the oracle, for every person, state and filter.

GLPI CVE-2026-108726 (counts of hidden matches), GitLab's short pages (hidden rows removed after the page was cut).
"""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from osit_graphql.domain.enums import Status
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import SCHEMA
from tests.leaks.stage import Stage
from tests.leaks.values import ValueGenerator
from tests.leaks.watch import RandomQueries, pool_of

LISTS = {
    "tickets": None,
    "openTickets": Status.OPEN,
    "evolutionRequests": Status.PENDING_DECISION,
    "closedTickets": Status.CLOSED,
}
ENUMS = {"statuses": "status", "severities": "severity", "criticalities": "criticality", "priorities": "priority"}
KEYS = {
    "applicationIds": ("application_id", Kind.APPLICATION),
    "serviceIds": ("service_id", Kind.SERVICE),
    "siteIds": ("site_id", Kind.SITE),
    "requesterIds": ("requester_id", Kind.USER),
    "assigneeIds": ("assignee_id", Kind.USER),
}
MOMENTS = {"openedAt": "opened_at", "updatedAt": "updated_at", "closedAt": "closed_at"}
EDGES = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T00:00:00Z"}
PAGE = 3


def matches(state: State, ticket: Any, condition: dict[str, Any]) -> bool:
    """Whether a filter matches a ticket, computed without the services."""
    return all(_matches(state, ticket, name, value) for name, value in condition.items())


def _matches(state: State, ticket: Any, name: str, value: Any) -> bool:
    if name in ENUMS:
        return getattr(ticket, ENUMS[name]) in value
    if name in KEYS:
        column, kind = KEYS[name]
        return global_ids.encode(kind, getattr(ticket, column) or 0) in value
    if name in MOMENTS:
        moment = getattr(ticket, MOMENTS[name])
        start, end = (datetime.fromisoformat(value.get(edge, default)) for edge, default in EDGES.items())
        return not value or (moment is not None and start <= moment < end)
    not_voided = [line for line in state.lines if line.ticket_id == ticket.id and line.voided_by is None]
    checks = {
        "anyOf": lambda: any(matches(state, ticket, each) for each in value),
        "not": lambda: not matches(state, ticket, value),
        "unassigned": lambda: (not state.is_assigned(ticket)) is value,
        "causeIds": lambda: any(global_ids.encode(Kind.CAUSE, line.cause_id) in value for line in not_voided),
    }
    return checks[name]()


def drop_search(condition: Any) -> Any:
    """Return a filter without searches: tests/search/test_leaks.py has their oracle."""
    match condition:
        case dict():
            return {name: drop_search(value) for name, value in condition.items() if name != "search"}
        case list():
            return [drop_search(value) for value in condition]
        case _:
            return condition


def random_filters(state: State, chance: Random) -> Iterator[dict[str, Any]]:
    """Yield an empty filter, then random ones."""
    value_generator = ValueGenerator(chance, pool_of(state), str, lambda: None)  # type: ignore[arg-type,return-value]
    yield {}
    while True:
        yield drop_search(value_generator.draw(SCHEMA.type_map["TicketFilter"], "filter", "tickets"))


async def walk(stage: Stage, who: str, name: str, condition: dict[str, Any]) -> tuple[list[int], set[int]]:
    """Return a list's ticket numbers and its total counts, page by page; only the last page may be short."""
    document = f"""query ($filter: TicketFilter, $after: String) {{
      {name}(filter: $filter, first: {PAGE}, after: $after) {{
        totalCount nodes {{ number }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    numbers, totals, after = [], set(), None
    while True:
        variables = {"filter": condition, "after": after}
        page = (await stage.api.read(stage.company.tokens[who], document, **variables))[name]
        numbers += [node["number"] for node in page["nodes"]]
        totals.add(page["totalCount"])
        if not page["pageInfo"]["hasNextPage"]:
            return numbers, totals
        assert len(page["nodes"]) == PAGE, "a page before the last is short"
        after = page["pageInfo"]["endCursor"]


async def test_lists_and_counts_match_the_oracle(stage: Stage) -> None:
    chance = Random("counts")
    narrowing = 0
    for _ in range(2):
        state = await read_state(stage.admin)
        filters = random_filters(state, chance)
        for who in stage.people:
            seen = state.seen(state.person(stage.company.keys[who]))
            for name, status in LISTS.items():
                condition = next(filters) if chance.random() < 0.7 else {}
                mine = [ticket for ticket in state.tickets if ticket.id in seen and status in {None, ticket.status}]
                expected = {ticket.id for ticket in mine if matches(state, ticket, condition)}
                numbers, totals = await walk(stage, who, name, condition)
                assert (sorted(numbers), totals) == (sorted(expected), {len(expected)}), (who, name, condition)
                narrowing += 0 < len(expected) < len(mine)
        await RandomQueries(stage, seed=chance.randrange(1000), writes=1.0).run(25)  # changes the state
    assert narrowing > 3


async def test_other_counts_match_the_oracle(stage: Stage) -> None:
    """Counts of a person's tickets, a history, an agenda, and the viewer's tickets."""
    state = await read_state(stage.admin)
    document = """query ($ids: [ID!]!) { viewer { openTicketCount evolutionRequestCount } nodes(ids: $ids) {
      ... on User { id requestedTickets { totalCount } } ... on Ticket { id activities { totalCount } }
      ... on DecisionMeeting { id agenda { decision } } } }"""
    kinds = ((Kind.USER, state.people), (Kind.TICKET, state.tickets), (Kind.MEETING, state.meetings))
    kinds_by_id = {global_ids.encode(kind, row.id): (kind, row.id) for kind, rows in kinds for row in rows}
    for who in stage.people:
        me = state.person(stage.company.keys[who])
        seen = state.seen(me)
        tickets = [ticket for ticket in state.tickets if ticket.id in seen]
        read = state.read(seen)
        data = await stage.api.read(stage.company.tokens[who], document, ids=list(kinds_by_id)[:100])
        opened = [sum(ticket.status == status for ticket in tickets) for status in ("OPEN", "PENDING_DECISION")]
        assert list(data["viewer"].values()) == opened
        for node in filter(None, data["nodes"]):
            kind, key = kinds_by_id[node["id"]]
            connection = node.get("requestedTickets") or node.get("activities")
            if kind is Kind.USER:
                assert connection["totalCount"] == sum(ticket.requester_id == key for ticket in tickets), who
            elif kind is Kind.TICKET:
                assert connection["totalCount"] == sum(row.ticket_id == key for row in read), who
            else:
                items = [item for item in state.items if item.meeting_id == key and item.ticket_id in seen]
                assert len(node["agenda"]) == len(items), who
