"""The directory's mutations through the API: payloads, user errors and their paths."""

from typing import Any

import pytest

from osit_graphql.api import global_ids
from tests.client import Api
from tests.company import Company
from tests.directory.documents import ENTRIES, change, create

ABSENT_ID = {kind: global_ids.encode(global_ids.Kind[kind.upper()], 10**6) for kind in ENTRIES}
EXISTING = {
    "user": "requester",
    "service": "Réseau",
    "application": "Portail",
    "site": "Lyon",
    "cause": "Configuration",
}


def requester_input(company: Company, **fields: Any) -> dict[str, Any]:
    """Return the input of a new requester, with these fields replaced."""
    site = company.ids["Paris"]
    return {"name": "Zoé Été", "email": "zoe@example.com", "roles": ["REQUESTER"], "siteId": site} | fields


async def add_entry(api: Api, company: Company, kind: str, **fields: Any) -> dict[str, Any]:
    """Add an entry as the administrator; return it."""
    payload = await api.act(company.tokens["admin"], create(kind), input=fields)
    entry: dict[str, Any] = payload[kind]
    return entry


async def change_entry(api: Api, company: Company, kind: str, key: str, **fields: Any) -> dict[str, Any]:
    """Change an entry as the administrator; return it."""
    payload = await api.act(company.tokens["admin"], change(kind), id=key, input=fields)
    entry: dict[str, Any] = payload[kind]
    return entry


async def test_a_technician_is_added_changed_and_signs_in(api: Api, company: Company) -> None:
    service = {"id": company.ids["Réseau"], "name": "Réseau"}
    fields = requester_input(company, roles=["TECHNICIAN"], serviceId=service["id"], phone="1", password="long enough")
    user = await add_entry(api, company, "user", **fields)
    assert user == {
        "id": user["id"],
        "name": "Zoé Été",
        "email": "zoe@example.com",
        "phone": "1",
        "roles": ["TECHNICIAN"],
        "active": True,
        "service": service,
        "site": {"id": company.ids["Paris"], "name": "Paris"},
    }
    changed = await change_entry(
        api, company, "user", user["id"], phone=None, roles=["MANAGER"], siteId=company.ids["Lyon"]
    )
    site = {"id": company.ids["Lyon"], "name": "Lyon"}
    assert changed == user | {"phone": None, "roles": ["MANAGER"], "service": None, "site": site}
    sign_in = (
        'mutation { signIn(input: {email: "ZOE@example.com", password: "long enough"}) { token userErrors { code } } }'
    )
    token = (await api.act("", sign_in))["token"]
    await api.read(token, "{ viewer { roles } }")
    await change_entry(api, company, "user", user["id"], active=False)
    answer = await api.ask(token, "{ viewer { roles } }")
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_a_service_is_added_and_changed(api: Api, company: Company) -> None:
    service = await add_entry(api, company, "service", name="Messagerie", phone="1", email="M@b.fr", hourlyRate="45.5")
    rate = {"amount": "45.50", "currency": "EUR"}
    expected = {"id": service["id"], "name": "Messagerie", "phone": "1", "email": "m@b.fr", "hourlyRate": rate}
    assert service == expected | {"active": True}
    changed = await change_entry(api, company, "service", service["id"], hourlyRate=None, phone=None, active=False)
    assert changed == service | {"hourlyRate": None, "phone": None, "active": False}


async def test_an_application_is_added_and_changed(api: Api, company: Company) -> None:
    application = await add_entry(api, company, "application", name="CRM", defaultServiceId=company.ids["Réseau"])
    assert application["defaultService"] == {"id": company.ids["Réseau"], "name": "Réseau"}
    changed = await change_entry(api, company, "application", application["id"], defaultServiceId=None, name="GRC")
    assert changed == application | {"defaultService": None, "name": "GRC"}


async def test_a_site_and_a_cause_are_added_and_changed(api: Api, company: Company) -> None:
    site = await add_entry(api, company, "site", name="Usine", city="Nantes")
    assert await change_entry(api, company, "site", site["id"], city=None) == site | {"city": None}
    cause = await add_entry(api, company, "cause", name="Foudre")
    assert await change_entry(api, company, "cause", cause["id"], active=False) == cause | {"active": False}


@pytest.mark.parametrize("kind", ENTRIES)
async def test_a_refusal_names_its_argument_and_changes_nothing(api: Api, company: Company, kind: str) -> None:
    before = await company.snapshot()
    arguments = requester_input(company) if kind == "user" else {}
    token, key = company.tokens["admin"], company.ids[EXISTING[kind]]
    answer = await api.ask(token, create(kind), {"input": arguments | {"name": " "}})
    assert answer.data[f"{kind}Create"] == {
        kind: None,
        "userErrors": [{"code": "REQUIRED", "message": "This can't be empty.", "field": ["input", "name"]}],
    }
    assert await api.refusal(token, change(kind), id=key, input={"name": None}) == [("input.name", "REQUIRED")]
    assert await api.refusal(token, change(kind), id=ABSENT_ID[kind], input={}) == [("id", "NOT_FOUND")]
    assert await company.snapshot() == before


@pytest.mark.parametrize("kind", ENTRIES)
async def test_an_empty_input_changes_nothing(api: Api, company: Company, kind: str) -> None:
    before = await company.snapshot()
    entry = await change_entry(api, company, kind, company.ids[EXISTING[kind]])
    assert entry["id"] == company.ids[EXISTING[kind]]
    assert await company.snapshot() == before


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("who", ["requester", "operator", "network", "manager", None])
async def test_a_forbidden_mutation_is_refused_before_any_read(
    api: Api, company: Company, kind: str, who: str | None
) -> None:
    before = await company.snapshot()
    token = company.tokens[who] if who else None
    code = ["FORBIDDEN" if who else "UNAUTHENTICATED"]
    arguments = requester_input(company, roles=["ADMIN"], siteId="nonsense") if kind == "user" else {"name": ""}
    for document, variables in ((create(kind), {}), (change(kind), {"id": "nonsense"})):
        fields = {"name": ""} if variables else arguments
        assert (await api.ask(token, document, variables | {"input": fields})).codes == code
    assert await company.snapshot() == before


async def test_the_desk_adds_only_requesters(api: Api, company: Company) -> None:
    token = company.tokens["operator"]
    caller = await api.act(token, create("user"), input=requester_input(company, phone="06"))
    assert caller["user"]["site"]["name"] == "Paris"
    before = await company.snapshot()
    for fields in ({"roles": ["OPERATOR"]}, {"roles": ["REQUESTER", "ADMIN"]}, {"password": "long enough"}):
        answer = await api.ask(token, create("user"), {"input": requester_input(company, email="b@b.fr", **fields)})
        assert answer.codes == ["FORBIDDEN"]
    assert await api.refusal(token, create("user"), input=requester_input(company)) == [
        ("input.email", "ALREADY_EXISTS")
    ]
    assert await company.snapshot() == before


@pytest.mark.parametrize(
    ("kind", "argument"), [("user", "siteId"), ("user", "serviceId"), ("application", "defaultServiceId")]
)
@pytest.mark.parametrize("text", ["nonsense", "", "cause"])
async def test_an_id_of_another_type_is_bad_input(
    api: Api, company: Company, kind: str, argument: str, text: str
) -> None:
    before = await company.snapshot()
    fields = {argument: company.ids["Configuration"] if text == "cause" else text}
    token, key = company.tokens["admin"], company.ids[EXISTING[kind]]
    assert (await api.ask(token, change(kind), {"id": key, "input": fields})).codes == ["BAD_USER_INPUT"]
    assert await company.snapshot() == before


async def test_text_that_cannot_be_stored_is_refused(api: Api, company: Company) -> None:
    token = company.tokens["admin"]
    fields = requester_input(company, name="a\0", email="a\0@b.fr", phone="1\0")
    assert set(await api.refusal(token, create("user"), input=fields)) == {
        ("input.name", "INVALID"),
        ("input.email", "INVALID"),
        ("input.phone", "INVALID"),
    }
