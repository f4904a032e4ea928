"""Documents that read everything, by every list, order, filter and ID."""

from collections.abc import Iterator
from typing import Any

from osit_graphql.domain.enums import Action
from tests.client import Api
from tests.company import Company
from tests.documents import DOCUMENTS, valid_input

REQUESTED = "requestedTickets { totalCount nodes { id title } }"
PERSON = f"id name email phone roles active where: site {{ name }} team: service {{ name }} {REQUESTED}"
NAMED = "id name email phone roles active where: site { name } team: service { name }"
ROW = f"""id kind comment createdAt author {{ {NAMED} }} ticket {{ id title }}
  ... on Comment {{ internal }}
  ... on Intervention {{ minutes startedAt voided cause {{ name }}
    hourlyRate {{ amount }} expenses {{ amount }} cost {{ amount }} }}
  ... on InterventionVoided {{ intervention {{ id minutes comment }} }}
  ... on Rerouting {{ fromService {{ name }} toService {{ name }} }}
  ... on StatusChange {{ fromStatus toStatus decision }}
  ... on Qualification {{ fromTitle toTitle fromRequester {{ {NAMED} }} toRequester {{ {NAMED} }} }}
  ... on Assignment {{ assignee {{ {NAMED} }} }}"""
TICKET = f"""id number title description status severity criticality priority impact openedAt updatedAt closedAt version
  reopenCount rerouteCount minutesSpent cost {{ amount }} allowedActions
  requester {{ {PERSON} }} operator {{ {NAMED} }} assignee {{ {NAMED} }} suspectedCause {{ name }}
  application {{ name }} service {{ name phone email hourlyRate {{ amount }} }} site {{ name }}
  activities {{ totalCount edges {{ cursor }} nodes {{ {ROW} }} }}"""
CONNECTION = f"""totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  edges {{ cursor node {{ id }} }} nodes {{ {TICKET} }}"""
NODE = f"__typename id ... on Ticket {{ {TICKET} }} ... on Activity {{ {ROW} }} ... on User {{ {PERSON} }}"
LISTS = ("tickets", "openTickets", "evolutionRequests", "closedTickets")
LIST = f"""query ($filter: TicketFilter, $orderBy: [TicketOrder!]) {{
  NAME(filter: $filter, orderBy: $orderBy) {{ {CONNECTION} }} }}"""
ORDERS = [[{"field": field}] for field in ("NUMBER", "OPENED_AT", "UPDATED_AT", "CLOSED_AT", "PRIORITY")]
VIEWER = f"{{ viewer {{ id roles allowedActions openTicketCount evolutionRequestCount user {{ {PERSON} }} }} }}"
DIRECTORY = """{ services { id name phone email hourlyRate { amount } } applications { name defaultService { name } }
  sites { name city } causes { name } }"""
Document = tuple[str, dict[str, Any]]


def lists(filters: list[dict[str, Any]]) -> Iterator[Document]:
    """Yield every list, and `tickets` with every order and filter."""
    for name in LISTS:
        yield LIST.replace("NAME", name), {}
    for filter_ in filters:
        yield LIST.replace("NAME", "tickets"), {"filter": filter_}
    for order in ORDERS:
        yield LIST.replace("NAME", "tickets"), {"orderBy": order}


def by_id(ids: list[str], numbers: list[int]) -> Iterator[Document]:
    """Yield queries by ID and by number."""
    for key in ids:
        yield f"query ($id: ID!) {{ node(id: $id) {{ {NODE} }} }}", {"id": key}
    yield f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {NODE} }} }}", {"ids": ids}
    for number in numbers:
        yield f"query ($n: Int!) {{ ticket(by: {{number: $n}}) {{ {TICKET} }} }}", {"n": number}


def everything(company: Company, ids: list[str], numbers: list[int]) -> list[Document]:
    """Return all documents; IDs and numbers may belong to hidden objects."""
    foreign: list[dict[str, Any]] = [{"requesterIds": [company.ids[who]]} for who in ("requester", "colleague")]
    foreign += [{"assigneeIds": [company.ids["network"], company.ids["developer"]]}, {"unassigned": False}]
    foreign += [{"serviceIds": [company.ids[service]]} for service in ("Développement", "Réseau", "Postes")]
    foreign += [{"causeIds": [company.ids["Configuration"]]}, {"not": {"requesterIds": [company.ids["requester"]]}}]
    foreign += [{"anyOf": [{"statuses": ["OPEN"]}, {"siteIds": [company.ids["Lyon"]]}]}]
    foreign += [{"openedAt": {"from": "2020-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}}]
    people = f"{{ users {{ totalCount edges {{ cursor }} nodes {{ {PERSON} }} }} }}"
    fixed: list[Document] = [(VIEWER, {}), (DIRECTORY, {}), (people, {})]
    return [*fixed, *lists(foreign), *by_id(ids, numbers)]


def actions_on(company: Company, ticket: str, intervention: str) -> Iterator[Document]:
    """Yield every action on a ticket: valid, with a blank comment, and with a stale version."""
    for action in Action:
        if action is not Action.CREATE:
            key = intervention if action is Action.VOID_INTERVENTION else ticket
            for changes in ({}, {"comment": " "}, {"expectedVersion": 1}, {"expectedVersion": 77}):
                yield DOCUMENTS[action], {"id": key, "input": valid_input(company, action, **changes)}


async def responses(api: Api, token: str, documents: list[Document]) -> list[str]:
    """Return the texts of the responses; none of the documents may be invalid."""
    texts = [(await api.ask(token, document, variables)).text for document, variables in documents]
    assert [answer for answer in texts if "GRAPHQL_VALIDATION_FAILED" in answer or "INTERNAL" in answer] == []
    return texts
