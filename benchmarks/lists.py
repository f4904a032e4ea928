"""Lists of tickets: first page, hundredth page and count, with and without filters, by role."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.desk import Desk
from benchmarks.operation import Absent, Operation
from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Role, Status, TicketList
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import NO_FILTER, TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing

SIZE = 50
DEEP = 99 * SIZE
WANTED = frozenset(
    {"title", "severity", "criticality", "priority", "status", "opened_at", "updated_at"}
    | {f"{name}__{column}" for name in ("requester", "application", "service") for column in ("id", "name")}
)
NODES = """nodes { id number title severity criticality priority status openedAt updatedAt
  requester { id name } application { id name } service { id name } } pageInfo { endCursor hasNextPage }"""
FIELDS = {
    TicketList.OPEN: "openTickets",
    TicketList.EVOLUTION_REQUESTS: "evolutionRequests",
    TicketList.CLOSED: "closedTickets",
    None: "tickets",
}
KINDS = {
    "service": global_ids.Kind.SERVICE,
    "application": global_ids.Kind.APPLICATION,
    "requester": global_ids.Kind.USER,
    "assignee": global_ids.Kind.USER,
}
# For technicians, only filters that match their own service.
THEIRS = ("", "their application", "the busiest requester", "their busiest assignee")
BY = ("", "service", "application", "the busiest application", "requester", "the busiest requester", "assignee",
      "the busiest assignee")  # fmt: skip


def operations() -> Iterator[Operation]:
    """Yield every list, filter, page and count."""
    for name in FIELDS:
        for by in BY:
            yield from _pages(Role.MANAGER, name, by)
    for name in FIELDS:
        for by in THEIRS:
            yield from _pages(Role.TECHNICIAN, name, by)
    yield from _pages(Role.MANAGER, None, "status")
    yield from _pages(Role.TECHNICIAN, None, "status")
    yield from _pages(Role.REQUESTER, None, "")


def _pages(role: Role, name: TicketList | None, by: str) -> Iterator[Operation]:
    label = f"`{FIELDS[name]}`" + (f", {by}" if by else "")
    arguments = f"{FIELDS[name]}(first: {SIZE}, after: $after, filter: $filter)"
    document = f"query ($after: String, $filter: TicketFilter) {{ {arguments} {{ {NODES} }} }}"
    counting = f"query ($filter: TicketFilter) {{ {FIELDS[name]}(first: 0, filter: $filter) {{ totalCount }} }}"
    group = f"Lists, as {role}"
    for page, position in (("first page", 0), ("hundredth page", DEEP)):
        yield Operation(
            group, f"{label}: {page}", role,
            partial(_page, role=role, name=name, by=by, position=position), document,
            partial(_variables, role=role, name=name, by=by, position=position),
        )  # fmt: skip
    yield Operation(
        group, f"{label}: count", role, partial(_count, role=role, name=name, by=by), counting,
        partial(_variables, role=role, name=name, by=by, position=0),
    )  # fmt: skip


def _listing(desk: Desk, turn: int, name: TicketList | None, by: str) -> tuple[Listing, dict[str, Any]]:
    """Return the list, and its filter in GraphQL."""
    if not by:
        return Listing(name, NO_FILTER), {}
    if by == "status":
        return Listing(name, TicketFilter(statuses=(Status.OPEN,))), {"statuses": ["OPEN"]}
    field = by.rpartition(" ")[2]
    key = desk.keys[by][turn % len(desk.keys[by])]
    box: dict[str, Any] = {f"{field}_ids": (key,)}
    return Listing(name, TicketFilter(**box)), {f"{field}Ids": [global_ids.encode(KINDS[field], key)]}


async def _after(desk: Desk, role: Role, listing: Listing, position: int) -> str | None:
    if not position:
        return None
    cursor = await desk.cursor(role, listing, position)
    if cursor is None:
        raise Absent
    return cursor


async def _page(desk: Desk, turn: int, *, role: Role, name: TicketList | None, by: str, position: int) -> Any:
    listing, _ = _listing(desk, turn, name, by)
    after = await _after(desk, role, listing, position)
    async with desk.database.reading(desk.viewers[role]) as session:
        window = PageArgs(first=SIZE, after=after)
        return await tickets.page(session, desk.viewers[role], listing, window, WANTED)


async def _variables(
    desk: Desk, turn: int, *, role: Role, name: TicketList | None, by: str, position: int
) -> dict[str, Any]:
    listing, narrowed = _listing(desk, turn, name, by)
    return {"after": await _after(desk, role, listing, position), "filter": narrowed}


async def _count(desk: Desk, turn: int, *, role: Role, name: TicketList | None, by: str) -> int:
    listing, _ = _listing(desk, turn, name, by)
    async with desk.database.reading(desk.viewers[role]) as session:
        return await tickets.total_count(session, desk.viewers[role], listing)
