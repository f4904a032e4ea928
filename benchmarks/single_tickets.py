"""One ticket with its history, and writes on a ticket: create, comment, re-route."""

from collections.abc import Iterator
from typing import Any

from benchmarks.desk import Desk, ticket_id
from benchmarks.lists import WANTED
from benchmarks.operation import Operation
from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Criticality, Role, Severity
from osit_graphql.services import tickets as verbs
from osit_graphql.services.queries import activities, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.tickets.create import NewTicket

TICKET = """query ($id: ID!) { ticket(by: {id: $id}) { id number title description severity criticality priority status
  openedAt updatedAt closedAt requester { id name email } application { id name } service { id name }
  activities(last: 20) { nodes { id kind comment createdAt author { id name } } } } }"""
PAYLOAD = "{ ticket { id number status openedAt requester { id name } } userErrors { code field message } }"
ACTIVITY = "{ activity { id kind createdAt author { id name } } userErrors { code field message } }"
CREATE = f"mutation ($input: TicketCreateInput!) {{ ticketCreate(input: $input) {PAYLOAD} }}"
COMMENT = f"mutation ($id: ID!, $input: TicketCommentInput!) {{ ticketComment(id: $id, input: $input) {ACTIVITY} }}"
REROUTE = f"mutation ($id: ID!, $input: TicketRerouteInput!) {{ ticketReroute(id: $id, input: $input) {ACTIVITY} }}"
TITLE, STORY = "Impression impossible depuis la mise à jour", "L'imprimante de l'étage refuse toute session. " * 4
REMARK = "Le serveur répond ; l'étiquette sort blanche, voir le service voisin."


def operations() -> Iterator[Operation]:
    """Yield them."""
    yield Operation("A ticket", "`ticket` with 20 history rows", Role.MANAGER, _read, TICKET, _of_long)
    yield Operation("Writes", "`ticketCreate`", Role.OPERATOR, _create, CREATE, _creation, writes=True)
    yield Operation("Writes", "`ticketComment`", Role.OPERATOR, _comment, COMMENT, _comment_variables, writes=True)
    yield Operation("Writes", "`ticketReroute`", Role.TECHNICIAN, _reroute, REROUTE, _reroute_variables, writes=True)


async def _read(desk: Desk, turn: int) -> Any:
    number = desk.samples["long"][turn % len(desk.samples["long"])]
    async with desk.database.reading(desk.viewers[Role.MANAGER]) as session:
        viewer = desk.viewers[Role.MANAGER]
        await tickets.by_ids(session, viewer, [number], WANTED)
        return await activities.pages_by_ticket(
            session, viewer, [number], None, PageArgs(last=20), activities.ALL_COLUMNS
        )


async def _of_long(desk: Desk, turn: int) -> dict[str, Any]:
    return {"id": ticket_id(desk.samples["long"][turn % len(desk.samples["long"])])}


def _drawn(desk: Desk, turn: int) -> dict[str, int]:
    """Return requester, application and service of the new ticket of a turn."""
    keys = desk.keys
    requester, application = (keys[name][turn % len(keys[name])] for name in ("requester", "application"))
    return {"requester_id": requester, "application_id": application, "service_id": 1 + application % 12}


async def _create(desk: Desk, turn: int) -> Any:
    drawn: dict[str, Any] = _drawn(desk, turn)
    new = NewTicket(TITLE, STORY, severity=Severity.MODERATE, criticality=Criticality.BLOCKING, **drawn)
    async with desk.database.transaction(desk.viewers[Role.OPERATOR]) as session:
        return await verbs.create(verbs.CommandContext(session, desk.viewers[Role.OPERATOR]), new)


async def _creation(desk: Desk, turn: int) -> dict[str, Any]:
    drawn = _drawn(desk, turn)
    kinds = {
        "requester": global_ids.Kind.USER,
        "application": global_ids.Kind.APPLICATION,
        "service": global_ids.Kind.SERVICE,
    }
    named = {f"{name}Id": global_ids.encode(kind, drawn[f"{name}_id"]) for name, kind in kinds.items()}
    texts = {"title": TITLE, "description": STORY, "severity": "MODERATE", "criticality": "BLOCKING"}
    return {"input": {**texts, **named}}


async def _comment(desk: Desk, turn: int) -> Any:
    number = commented(desk, turn)
    async with desk.database.transaction(desk.viewers[Role.OPERATOR]) as session:
        return await verbs.comment(verbs.CommandContext(session, desk.viewers[Role.OPERATOR]), number, comment=REMARK)


async def _comment_variables(desk: Desk, turn: int) -> dict[str, Any]:
    return {"id": ticket_id(commented(desk, turn)), "input": {"comment": REMARK}}


def commented(desk: Desk, turn: int) -> int:
    """Return the ticket of a turn's comment."""
    return desk.samples["many"][turn % len(desk.samples["many"])]


async def _reroute(desk: Desk, _turn: int) -> Any:
    async with desk.database.transaction(desk.viewers[Role.TECHNICIAN]) as session:
        number = desk.samples["open"].pop()
        return await verbs.reroute(
            verbs.CommandContext(session, desk.viewers[Role.TECHNICIAN]), number, service_id=3, comment=REMARK
        )


async def _reroute_variables(desk: Desk, _turn: int) -> dict[str, Any]:
    service = global_ids.encode(global_ids.Kind.SERVICE, 3)
    return {"id": ticket_id(desk.samples["open"].pop()), "input": {"serviceId": service, "comment": REMARK}}
