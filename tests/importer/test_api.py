"""Imported tickets have the same lists, history and visibility as others."""

from zoneinfo import ZoneInfo

import pytest

from osit_graphql.services.importer.mapping import read_map
from osit_graphql.services.importer.plan import plan_import
from osit_graphql.services.importer.writer import import_incidents
from tests.client import Api
from tests.company import Company
from tests.importer.exports import EXAMPLE, FIXTURE

CLOSED = """{
  closedTickets(last: 1) {
    totalCount
    nodes {
      title rerouteCount openedAt closedAt requester { name } operator { name } assignee { name } service { name }
      activities { nodes { kind createdAt comment author { name } ... on Rerouting { fromService { name } } } }
    }
  }
  openTickets { totalCount }
}"""
SIGN_IN = """mutation($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token userErrors { code } }
}"""


@pytest.fixture
async def imported(company: Company) -> Company:
    """Return the company, with the fixture imported."""
    await import_incidents(company.database, plan_import(FIXTURE, read_map(EXAMPLE)), ZoneInfo("Europe/Paris"))
    return company


async def test_the_desk_reads_imported_tickets(imported: Company, api: Api) -> None:
    data = await api.read(imported.tokens["operator"], CLOSED)
    assert data["openTickets"] == {"totalCount": 0}
    assert data["closedTickets"]["totalCount"] == 32
    [ticket] = data["closedTickets"]["nodes"]  # the first closed
    history = ticket.pop("activities")["nodes"]
    assert ticket == {
        "title": "Category 55 · Subcategory 170 · Symptom 72", "rerouteCount": 0, "openedAt": "2016-02-29T00:16:00Z",
        "closedAt": "2016-02-29T07:53:00Z", "requester": {"name": "Caller 2403"},
        "operator": {"name": "Opened by 8"}, "assignee": None, "service": {"name": "Group 56"},
    }  # fmt: skip
    assert history == [
        {"kind": "OPENED", "createdAt": "2016-02-29T00:16:00Z", "author": {"name": "Opened by 8"},
         "comment": "Importé de ServiceNow (INC0000045, ligne 2) : incident ouvert, groupe « Group 56 »,"
                    " par Updated by 21."},
        {"kind": "STATUS_CHANGE", "createdAt": "2016-02-29T07:53:00Z", "author": {"name": "Resolved by 149"},
         "comment": "Importé de ServiceNow (INC0000045, ligne 3) : incident clos, état « Resolved », cause « code 5 »,"
                    " par Updated by 642."},
    ]  # fmt: skip


async def test_other_services_and_requesters_do_not_see_imported_tickets(imported: Company, api: Api) -> None:
    for who in ("network", "requester"):
        assert (await api.read(imported.tokens[who], CLOSED))["closedTickets"]["totalCount"] == 0


async def test_people_known_only_from_the_export_cannot_sign_in(imported: Company, api: Api) -> None:
    email = "caller-2403@servicenow.import.invalid"
    for password in ("", "?", "import", email):
        answer = await api.ask(None, SIGN_IN, {"email": email, "password": password})
        assert answer.data["signIn"]["token"] is None
        assert [error["code"] for error in answer.data["signIn"]["userErrors"]] == ["INVALID_CREDENTIALS"]
