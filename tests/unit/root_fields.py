"""Operations on each root field in two turns: other people and other values, which have the same SQL."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from osit_graphql.api.global_ids import Kind, encode
from osit_graphql.domain.enums import Action, Criticality
from tests.auth import people
from tests.desk import Desk
from tests.directory import documents as directory
from tests.documents import NAMES, action_request, actor
from tests.meetings import documents as meetings
from tests.reports import documents as reports
from tests.unit.all_documents import CONNECTION, LISTS, NODE, PERSON, TICKET, VIEWER

Variables = dict[str, Any]
Operation = tuple[str, str, Variables]
"""The person, the document, the variables."""
Prepare = Callable[[Desk, int], Awaitable[Operation]]
"""Returns the operation of a turn."""

MANAGERS = (("manager", "manager"),)
TECHNICIANS = (("developer", "network"),)
STAFF = (*MANAGERS, *TECHNICIANS)
EVERYBODY = (*STAFF, ("operator", "operator"), ("requester", "colleague"))
ADMINS = (("admin", "admin"),)
SERVICES = ("Développement", "Réseau")
CAUSES = ("Configuration", "Défaut logiciel")
PAGE = "$first: Int, $after: String"
LIST = f"""query ($filter: TicketFilter, $orderBy: [TicketOrder!], {PAGE}, $last: Int, $before: String) {{
  NAME(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {{
    {CONNECTION} }} }}"""
USERS = f"""query ($search: String, $roles: [Role!], $serviceId: ID, $siteId: ID, $active: Boolean, {PAGE}) {{
  users(search: $search, roles: $roles, serviceId: $serviceId, siteId: $siteId, active: $active,
    first: $first, after: $after) {{ totalCount nodes {{ {PERSON} }} pageInfo {{ endCursor }} }} }}"""
NUMBERS = "totalCount nodes { number } pageInfo { endCursor }"
CATALOG = "query ($active: Boolean) {{ {}(active: $active) {{ {} }} }}"
CHANGES = f"""query ($objectId: ID, $actorId: ID, $period: Period, {PAGE}) {{
  directoryChanges(objectId: $objectId, actorId: $actorId, period: $period, first: $first, after: $after) {{ totalCount
    nodes {{ id kind source createdAt actor {{ name }} objectId objectName fields {{ field old new }} }}
    pageInfo {{ endCursor }} }} }}"""
CATALOGS = {
    "services": directory.SERVICE,
    "applications": directory.APPLICATION,
    "sites": directory.SITE,
    "causes": directory.CAUSE,
}
EVERY_NODE = f"""{NODE} ... on Service {{ name hourlyRate {{ amount }} }}
  ... on Application {{ name defaultService {{ name }} }} ... on Site {{ name city }} ... on Cause {{ name }}
  ... on ApiToken {{ name scopes }} ... on DirectoryChange {{ objectName actor {{ name }} fields {{ field }} }}
  ... on DecisionMeeting {{ record agenda {{ item: ticket {{ number }} decidedBy {{ name }} }} }}"""
SIMILAR = f"""query ($to: SimilarTo!, $first: Int! = 5) {{
  similarTickets(to: $to, first: $first) {{ score ticket {{ {TICKET} }} }} }}"""
CHANGE_PASSWORD = """mutation ($new: String!) {
  viewerPasswordChange(input: {currentPassword: "OLD", newPassword: $new}) { userErrors { code } } }""".replace(
    "OLD", people.PASSWORD
)
SIGN_OUT = "mutation { signOut { userErrors { code } } }"
ORDERS = [
    *([{"field": field}] for field in ("NUMBER", "OPENED_AT", "UPDATED_AT", "CLOSED_AT", "PRIORITY")),
    [{"field": "PRIORITY", "direction": "ASC"}, {"field": "NUMBER"}],
]
PERIODS = ({"from": "2026-01-01", "to": "2026-04-30"}, {"from": "2025-12-10", "to": "2026-12-05"})


@dataclass(frozen=True)
class Query:
    """A query, its variables in each turn, and pairs of people with the same roles, one for each turn."""

    document: str
    variables: tuple[Variables, Variables] = ({}, {})
    pairs: tuple[tuple[str, str], ...] = EVERYBODY


@dataclass(frozen=True)
class Scene:
    """A desk, and IDs by kind, the second turn's apart from the first's."""

    desk: Desk
    ids: dict[Kind, tuple[list[str], list[str]]]
    recurrences: tuple[str, str]


async def set_scene(desk: Desk) -> Scene:
    """Give both services tickets of each status, with their histories, and meetings."""
    ids: dict[Kind, Any] = {kind: ([], []) for kind in Kind}
    for turn, who in enumerate(("developer", "network")):
        for requester in (("requester", "colleague", "everyman"), ("colleague", "everyman", "requester"))[turn]:
            evolution, numbers = await _open_tickets(desk, turn, who, requester)
            ids[Kind.TICKET][turn].extend(map(desk.company.id, numbers))
            agenda = {"title": "Comité", "heldAt": f"2026-0{turn + 3}-02T13:30:00Z", "ticketIds": [evolution]}
            meeting = await desk.api.act(desk.token("manager"), meetings.SCHEDULE, input=agenda)
            ids[Kind.MEETING][turn].append(meeting["meeting"]["id"])
        history = await desk.history("manager", numbers[0], "id")
        ids[Kind.ACTIVITY][turn].extend(row["id"] for row in history)
        _, token = await people.make_token(desk.api, desk.token(who), "READ_TICKETS")
        ids[Kind.API_TOKEN][turn].append(token)
        ids[Kind.VIEWER][turn].append(encode(Kind.VIEWER, desk.company.keys[who]))
        ids[Kind.DIRECTORY_CHANGE][turn].append(encode(Kind.DIRECTORY_CHANGE, turn + 1))
    kinds = {Kind.USER: ("requester", "peer", "colleague", "network"), Kind.SERVICE: (*SERVICES, "Postes")}
    kinds |= {Kind.APPLICATION: ("Portail", "Paie", "Stocks"), Kind.SITE: ("Paris", "Lyon")}
    kinds |= {Kind.CAUSE: ("Configuration", "Défaut logiciel", "Panne matérielle")}
    for kind, names in kinds.items():
        ids[kind] = [desk.company.ids[name] for name in names[:2]], [desk.company.ids[name] for name in names[1:]]
    one, other = [await _recurrence(desk, period) for period in PERIODS]
    return Scene(desk, ids, (one, other))


async def _recurrence(desk: Desk, period: Variables) -> str:
    """Return the ID of a recurrence in a period."""
    values = {"period": period, "by": ["APPLICATION"], "min": 2, "first": 1}
    [recurrence] = (await desk.reads("manager", reports.BACK, **values))["recurrences"]
    return str(recurrence["id"])


async def _open_tickets(desk: Desk, turn: int, who: str, requester: str) -> tuple[str, list[int]]:
    """Open three tickets of a service; return the ID of the evolution request, and the numbers of all three."""
    values = {"service": SERVICES[turn], "requester": requester, "application": ("Portail", "Paie")[turn]}
    opened, closed = [await desk.company.ticket(**values) for _ in range(2)]
    evolution = await desk.company.ticket(criticality=Criticality.EVOLUTION, **values)
    for number in (opened, closed, evolution):
        await desk.does(who, Action.COMMENT, number)
        logged = await desk.does(who, Action.LOG_INTERVENTION, number, causeId=desk.company.ids[CAUSES[turn]])
    await desk.does(who, Action.VOID_INTERVENTION, logged["activity"]["id"])
    await desk.does(who, Action.ASSIGN, opened, assigneeId=desk.company.ids[who])
    await desk.does(who, Action.QUALIFY, opened, title="Écran noir ou blanc")
    await desk.does(who, Action.CLOSE, closed)
    return desk.company.id(evolution), [opened, closed, evolution]


def queries(scene: Scene) -> Iterator[Query]:
    """Yield queries of every root field."""
    yield Query(VIEWER)
    for name in LISTS:
        yield Query(LIST.replace("NAME", name), ({"first": 2}, {"first": 2}))
        yield Query(LIST.replace("NAME", name), ({"last": 2}, {"last": 2}), STAFF)
    tickets = LIST.replace("NAME", "tickets").replace(CONNECTION, NUMBERS)
    for one, other in filters(scene):
        yield Query(tickets, ({"first": 2, "filter": one}, {"first": 2, "filter": other}), TECHNICIANS)
    for order in ORDERS:
        yield Query(tickets, ({"first": 2, "orderBy": order}, {"first": 2, "orderBy": order}), TECHNICIANS)
    one, other = ({"filter": {"search": word}, "orderBy": [{"field": "RELEVANCE"}]} for word in ("écran", "noir"))
    yield Query(tickets, ({"first": 2, **one}, {"first": 2, **other}), STAFF)
    yield from _by_id(scene)
    yield from _directory(scene)
    yield from _reports(scene)


def filters(scene: Scene) -> Iterator[tuple[Variables, Variables]]:
    """Yield filters that have the same fields, with other values."""
    of = scene.desk.company.ids
    yield {"serviceIds": [of["Développement"]]}, {"serviceIds": [of["Réseau"]]}
    yield {"requesterIds": [of["requester"]]}, {"requesterIds": [of["colleague"]]}
    several = [of["requester"], of["colleague"]], [of["everyman"], of["colleague"], of["requester"]]
    yield {"requesterIds": several[0]}, {"requesterIds": several[1]}
    yield {"assigneeIds": [of["developer"]]}, {"assigneeIds": [of["network"]]}
    yield {"applicationIds": [of["Portail"]]}, {"applicationIds": [of["Paie"]]}
    yield {"siteIds": [of["Paris"]]}, {"siteIds": [of["Lyon"]]}
    yield {"causeIds": [of["Configuration"]]}, {"causeIds": [of["Défaut logiciel"]]}
    yield {"statuses": ["CLOSED"]}, {"statuses": ["OPEN"]}
    yield {"criticalities": ["NON_BLOCKING"]}, {"criticalities": ["EVOLUTION"]}
    yield {"severities": ["MODERATE", "MAJOR"]}, {"severities": ["MODERATE", "MINOR", "MAJOR"]}
    yield {"priorities": ["NORMAL", "LOW"]}, {"priorities": ["LOW", "NORMAL", "HIGH"]}
    yield {"unassigned": True}, {"unassigned": True}
    yield {"search": "écran"}, {"search": "noir"}
    yield {"not": {"statuses": ["CLOSED"]}}, {"not": {"statuses": ["OPEN"]}}
    yield {"anyOf": [{"statuses": ["OPEN"]}]}, {"anyOf": [{"statuses": ["CLOSED"]}]}
    for field in ("openedAt", "updatedAt", "closedAt"):
        yield {field: {"from": "2020-01-01T00:00:00Z"}}, {field: {"from": "2021-02-03T00:00:00+01:00"}}


def _by_id(scene: Scene) -> Iterator[Query]:
    """Yield `node`, `nodes`, `ticket` and `similarTickets`."""
    for ones, others in scene.ids.values():
        pairs = ADMINS if ones is scene.ids[Kind.API_TOKEN][0] else EVERYBODY
        yield Query(
            f"query ($id: ID!) {{ node(id: $id) {{ {EVERY_NODE} }} }}", ({"id": ones[0]}, {"id": others[0]}), pairs
        )
        several = {"ids": ones * 2}, {"ids": others * 3}
        yield Query(f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {EVERY_NODE} }} }}", several, pairs)
    yield Query(reports.NODE, ({"id": scene.recurrences[0]}, {"id": scene.recurrences[1]}), STAFF)
    one, other = (scene.ids[Kind.TICKET][turn][0] for turn in (0, 1))
    yield Query(f"query ($id: ID!) {{ ticket(by: {{id: $id}}) {{ {TICKET} }} }}", ({"id": one}, {"id": other}))
    yield Query(SIMILAR, ({"to": {"ticketId": one}}, {"to": {"ticketId": other}, "first": 2}))
    draft = {"title": "Écran", "applicationId": scene.desk.company.ids["Portail"]}
    yield Query(SIMILAR, ({"to": {"draft": draft}}, {"to": {"draft": {**draft, "title": "Noir"}}}))


def _directory(scene: Scene) -> Iterator[Query]:
    """Yield the lists of people, of catalogs and of meetings."""
    of = scene.desk.company.ids
    for name, fields in CATALOGS.items():
        yield Query(CATALOG.format(name, fields), ({"active": True}, {"active": False}))
        yield Query(CATALOG.format(name, fields))
    for one, other in (
        ({}, {}),
        ({"search": "e"}, {"search": "net exam"}),
        ({"roles": ["REQUESTER"]}, {"roles": ["TECHNICIAN", "MANAGER"]}),
        ({"serviceId": of["Développement"]}, {"serviceId": of["Réseau"]}),
        ({"siteId": of["Paris"], "active": True}, {"siteId": of["Lyon"], "active": True}),
    ):
        yield Query(USERS, ({"first": 2, **one}, {"first": 2, **other}), STAFF)
    periods = ({"first": 2, "period": PERIODS[0]}, {"first": 2, "period": PERIODS[1]})
    yield Query(meetings.LIST, periods, MANAGERS)
    yield Query(meetings.LIST, ({"first": 2}, {"first": 2}), MANAGERS)
    filters: tuple[tuple[Variables, Variables], ...] = (
        ({}, {}),
        ({"objectId": of["requester"]}, {"objectId": of["Réseau"]}),
        ({"actorId": of["developer"]}, {"actorId": of["network"]}),
        # The company was made now.
        (
            {"period": {"from": "2026-01-01", "to": "2199-12-31"}},
            {"period": {"from": "2025-12-10", "to": "2199-12-31"}},
        ),
    )
    for first, second in filters:
        yield Query(CHANGES, ({"first": 2, **first}, {"first": 2, **second}), ADMINS)


def _reports(scene: Scene) -> Iterator[Query]:
    """Yield the reports, by each dimension, with and without a filter."""
    of = scene.desk.company.ids
    filters_ = ({"applicationIds": [of["Portail"]]}, {"applicationIds": [of["Paie"]]})
    for document, dimensions, more in (
        (reports.COSTS, ("APPLICATION", "SERVICE", "SITE", "CAUSE", "MONTH"), ({}, {})),
        (reports.FLOW, ("APPLICATION", "SERVICE", "SITE", "MONTH"), ({}, {})),
        (reports.BACK, ("APPLICATION", "SERVICE", "SITE", "CAUSE"), ({"min": 2, "first": 5}, {"min": 3, "first": 9})),
    ):
        for dimension in dimensions:
            for filter_ in (({}, {}), tuple({"filter": each} for each in filters_)):
                turns = [
                    {"period": period, "by": [dimension], **values, **filtered}
                    for period, values, filtered in zip(PERIODS, more, filter_, strict=True)
                ]
                yield Query(document, (turns[0], turns[1]), STAFF)


async def act(desk: Desk, turn: int, action: Action) -> Operation:
    """Return an action on a new ticket, with an idempotency key."""
    of = desk.company.ids
    other: dict[Action, Variables] = {
        Action.CREATE: {"title": "Clavier", "requesterId": of["colleague"], "severity": "MAJOR"},
        Action.COMMENT: {"internal": True},
        Action.LOG_INTERVENTION: {"minutes": 45, "causeId": of["Défaut logiciel"]},
        Action.ASSIGN: {"assigneeId": of["developer"]},
        Action.PRIORITIZE: {"priority": "LOW"},
        Action.QUALIFY: {"title": "Clavier"},
        Action.REROUTE: {"serviceId": of["Postes"]},
        Action.DECIDE: {"decision": "REJECTED"},
    }
    values = {"comment": f"Voici pourquoi {turn}.", "idempotencyKey": str(turn)} | (
        other.get(action, {}) if turn else {}
    )
    target = await desk.target(action)
    key = desk.company.id(target) if isinstance(target, int) else target
    return actor(action), *action_request(desk.company, action, key, **values)


async def decide_in_meeting(desk: Desk, turn: int) -> Operation:
    """Return a decision that a meeting took."""
    who, document, variables = await act(desk, turn, Action.DECIDE)
    agenda = {"title": "Comité", "heldAt": "2026-03-02T13:30:00Z", "ticketIds": [variables["id"]]}
    payload = await desk.api.act(desk.token("manager"), meetings.SCHEDULE, input=agenda)
    variables["input"] |= {"meetingId": payload["meeting"]["id"], "idempotencyKey": f"meeting {turn}"}
    return who, document, variables


def creation(kind: str, one: Variables, other: Variables) -> Prepare:
    """Return the creation of a directory entry."""

    async def prepare(_desk: Desk, turn: int) -> Operation:
        return "admin", directory.create(kind), {"input": (one, other)[turn]}

    return prepare


def update(kind: str, names: tuple[str, str], one: Variables, other: Variables) -> Prepare:
    """Return the update of a directory entry."""

    async def prepare(desk: Desk, turn: int) -> Operation:
        return "admin", directory.change(kind), {"id": desk.company.ids[names[turn]], "input": (one, other)[turn]}

    return prepare


async def schedule(desk: Desk, turn: int) -> Operation:
    """Return the scheduling of a meeting about a ticket."""
    ticket = desk.company.id(await desk.company.ticket(criticality=Criticality.EVOLUTION))
    agenda = {"title": f"Comité {turn}", "heldAt": f"2026-0{turn + 3}-02T13:30:00Z", "ticketIds": [ticket]}
    return "manager", meetings.SCHEDULE, {"input": {**agenda, "idempotencyKey": str(turn)}}


async def reschedule(desk: Desk, turn: int) -> Operation:
    """Return a change of a meeting's title and agenda."""
    _, document, variables = await schedule(desk, turn)
    meeting = (await desk.api.act(desk.token("manager"), document, **variables))["meeting"]["id"]
    ticket = desk.company.id(await desk.company.ticket(criticality=Criticality.EVOLUTION))
    return "manager", meetings.UPDATE, {"id": meeting, "input": {"title": f"Bilan {turn}", "ticketIds": [ticket]}}


async def create_token(_desk: Desk, turn: int) -> Operation:
    """Return the creation of an API token."""
    scopes = (["READ_TICKETS"], ["READ_TICKETS", "WRITE_TICKETS"])[turn]
    return ("developer", "manager")[turn], people.CREATE, {"input": {"name": f"Programme {turn}", "scopes": scopes}}


async def revoke_token(desk: Desk, turn: int) -> Operation:
    """Return the revocation of an API token."""
    who = ("developer", "network")[turn]
    _, token = await people.make_token(desk.api, desk.token(who), "READ_TICKETS")
    return who, people.REVOKE, {"id": token}


async def sign_in(desk: Desk, turn: int) -> Operation:
    """Return a sign-in by password."""
    who = ("developer", "network")[turn]
    await people.give_passwords(desk.company, who)
    return who, people.SIGN_IN, {"email": f"{who}@example.com", "password": people.PASSWORD}


async def sign_out(_desk: Desk, turn: int) -> Operation:
    """Return a sign-out."""
    return ("developer", "network")[turn], SIGN_OUT, {}


async def change_password(desk: Desk, turn: int) -> Operation:
    """Return a change of one's own password."""
    who, _, _ = await sign_in(desk, turn)
    return who, CHANGE_PASSWORD, {"new": f"un autre mot {turn}"}


async def create_person(desk: Desk, turn: int) -> Operation:
    """Return the creation of a technician with a password."""
    of = desk.company.ids
    person = {"name": f"Zoé {turn}", "email": f"zoe{turn}@example.com", "roles": ["TECHNICIAN"]}
    person |= {"siteId": of["Paris"], "serviceId": of[SERVICES[turn]], "password": "long enough"}
    return "admin", directory.create("user"), {"input": person}


async def change_roles(desk: Desk, turn: int) -> Operation:
    """Return a change of roles and service."""
    service_id = desk.company.ids[SERVICES[1 - turn]]
    input_ = {"roles": ["TECHNICIAN", ("MANAGER", "OPERATOR")[turn]], "serviceId": service_id}
    return "admin", directory.change("user"), {"id": desk.company.ids[("peer", "network")[turn]], "input": input_}


MUTATIONS: dict[str, list[Prepare]] = {
    **{name: [partial(act, action=action)] for action, (name, _) in NAMES.items()},
    "ticketCreate": [partial(act, action=Action.CREATE)],
    "ticketDecide": [partial(act, action=Action.DECIDE), decide_in_meeting],
    "meetingSchedule": [schedule],
    "meetingUpdate": [reschedule],
    "serviceCreate": [
        creation("service", {"name": "Achats", "hourlyRate": "10"}, {"name": "Paye", "hourlyRate": "2.5"})
    ],
    "serviceUpdate": [update("service", SERVICES, {"hourlyRate": "61"}, {"hourlyRate": "46.5"})],
    "applicationCreate": [creation("application", {"name": "Agenda"}, {"name": "Courrier"})],
    "applicationUpdate": [update("application", ("Portail", "Paie"), {"name": "Agenda"}, {"name": "Courrier"})],
    "siteCreate": [creation("site", {"name": "Nice", "city": "Nice"}, {"name": "Brest", "city": "Brest"})],
    "siteUpdate": [update("site", ("Paris", "Lyon"), {"city": "Nice"}, {"city": "Brest"})],
    "causeCreate": [creation("cause", {"name": "Câble"}, {"name": "Réglage"})],
    "causeUpdate": [update("cause", ("Configuration", "Défaut logiciel"), {"active": False}, {"active": False})],
    "userCreate": [create_person],
    "userUpdate": [update("user", ("requester", "colleague"), {"phone": "01"}, {"phone": "02"}), change_roles],
    "apiTokenCreate": [create_token],
    "apiTokenRevoke": [revoke_token],
    "signIn": [sign_in],
    "signOut": [sign_out],
    "viewerPasswordChange": [change_password],
}
