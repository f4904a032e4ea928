"""Searches: tickets by rare words, similar tickets, and people by name or phone number."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks import words
from benchmarks.desk import Desk, ticket_id
from benchmarks.lists import FIELDS, NODES, WANTED
from benchmarks.operation import Operation
from benchmarks.sizes import SEED
from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Role, TicketList
from osit_graphql.services.queries import people, person_search, similar_tickets, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing

MACHINES = [name for _, name in words.machines(SEED)]
SIMILAR = """query ($to: SimilarTo!) { similarTickets(to: $to) { score ticket { id number title status openedAt
  requester { id name } application { id name } service { id name } } } }"""
USERS = """query ($search: String!) { users(search: $search, first: 10) { nodes { id name email phone
  site { id name } } } }"""


def operations() -> Iterator[Operation]:
    """Yield them."""
    for matching in (50, 900):
        yield _search(Role.MANAGER, None, matching)
        yield _search(Role.MANAGER, TicketList.OPEN, matching)
        yield _search(Role.MANAGER, None, matching, narrowed=True)
        yield _search(Role.TECHNICIAN, None, matching)
    for role in (Role.MANAGER, Role.TECHNICIAN):
        yield Operation(
            "Similar tickets", f"`similarTickets` of a ticket, as {role}", role, partial(_similar, role=role),
            SIMILAR, _similar_variables,
        )  # fmt: skip
    for kind in ("name", "part of a name", "phone number"):
        call, variables = partial(_people, kind=kind), partial(_someone, kind=kind)
        yield Operation("People", f"`users(search)` by {kind}", Role.OPERATOR, call, USERS, variables)


def _search(role: Role, name: TicketList | None, matching: int, *, narrowed: bool = False) -> Operation:
    field_call = f"{FIELDS[name]}(first: 50, filter: $filter)"
    document = f"query ($filter: TicketFilter) {{ {field_call} {{ {NODES} }} }}"
    beside = " and an application" if narrowed else ""
    label = f"`{FIELDS[name]}` by a word of some {matching}{beside}, as {role}"
    call = partial(_search_tickets, role=role, name=name, matching=matching, narrowed=narrowed)
    return Operation("Search", label, role, call, document, partial(_filter, matching=matching, narrowed=narrowed))


def word(desk: Desk, turn: int, matching: int) -> str:
    """Return a machine name in at most this many tickets, close to that number."""
    rank = 1 / math.expm1(matching * math.log(words.MACHINES) / desk.size)
    return MACHINES[math.ceil(rank * (1 + turn % 10 / 50))]


async def _search_tickets(
    desk: Desk, turn: int, *, role: Role, name: TicketList | None, matching: int, narrowed: bool
) -> Any:
    applications = (1,) if narrowed else None
    filter_ = TicketFilter(search=word(desk, turn, matching), application_ids=applications)
    async with desk.database.reading(desk.viewers[role]) as session:
        listing = Listing(name, filter_)
        return await tickets.page(session, desk.viewers[role], listing, PageArgs(first=50), WANTED)


async def _filter(desk: Desk, turn: int, *, matching: int, narrowed: bool) -> dict[str, Any]:
    applications = {"applicationIds": [global_ids.encode(global_ids.Kind.APPLICATION, 1)]} if narrowed else {}
    return {"filter": {"search": word(desk, turn, matching), **applications}}


def _sample(desk: Desk, turn: int) -> int:
    """Return a ticket that the technician sees too."""
    open_tickets = desk.samples["open"]
    return open_tickets[turn % len(open_tickets)]


async def _similar(desk: Desk, turn: int, *, role: Role) -> Any:
    async with desk.database.reading(desk.viewers[role]) as session:
        viewer = desk.viewers[role]
        draft = await similar_tickets.get_draft(session, viewer, _sample(desk, turn))
        if draft is None:
            raise AssertionError("an open ticket of the technician's service is seen")
        return await similar_tickets.find_similar(session, viewer, draft, 5)


async def _similar_variables(desk: Desk, turn: int) -> dict[str, Any]:
    return {"to": {"ticketId": ticket_id(_sample(desk, turn))}}


def _typed(desk: Desk, turn: int, kind: str) -> str:
    """Return the text of a search for a person."""
    somebody = desk.callers[turn % len(desk.callers)]
    if kind == "phone number":
        return "+33" + str(somebody.phone).replace(" ", "")[1:]
    name = str(somebody.name)
    return name if kind == "name" else name.split()[1][:4].lower()


async def _people(desk: Desk, turn: int, *, kind: str) -> Any:
    narrowed = people.PeopleFilter(search=person_search.parse_person_search(_typed(desk, turn, kind), ("search",)))
    async with desk.database.reading(desk.viewers[Role.OPERATOR]) as session:
        return await people.page(session, desk.viewers[Role.OPERATOR], narrowed, PageArgs(first=10), counted=False)


async def _someone(desk: Desk, turn: int, *, kind: str) -> dict[str, Any]:
    return {"search": _typed(desk, turn, kind)}
