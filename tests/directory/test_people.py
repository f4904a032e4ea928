"""People: what is asked of a new one, and what may change."""

from dataclasses import replace
from typing import Any

import pytest

from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Role
from osit_graphql.services.auth.sessions import sign_in
from osit_graphql.services.directory import PersonInput, SiteInput, create_person, update_person, update_site
from tests.company import Company
from tests.directory.doing import do, refusal, row_of

TECHNICIAN, REQUESTER, MANAGER = Role.TECHNICIAN, Role.REQUESTER, Role.MANAGER


def newcomer(company: Company, **said: Any) -> PersonInput:
    """Return what a new requester needs, with what is said instead."""
    sheet = PersonInput(name="New", email="new@example.com", roles=[REQUESTER], site_id=company.keys["Paris"])
    return replace(sheet, **said)


async def test_a_person_is_added(company: Company) -> None:
    service_id = company.keys["Réseau"]
    sheet = newcomer(
        company,
        name="  Zoé   Été ",
        email=" Zoe@Example.COM ",
        phone="",
        roles=[TECHNICIAN, REQUESTER, TECHNICIAN],
        service_id=service_id,
        password=" long enough ",
    )
    row = await row_of(company, Person, await do(company, create_person, company.viewers["admin"], sheet))
    assert (row["name"], row["name_key"], row["email"], row["phone"]) == ("Zoé Été", "zoe ete", "zoe@example.com", None)
    assert (row["roles"], row["service_id"], row["active"]) == (["REQUESTER", "TECHNICIAN"], service_id, True)
    assert row["password_hash"].startswith("$argon2id$")
    signed = await sign_in(company.database, "ZOE@example.com", " long enough ", hours=1)
    assert signed.viewer.roles == {TECHNICIAN, REQUESTER}


async def test_a_person_without_a_password_signs_in_nowhere(company: Company) -> None:
    row = await row_of(company, Person, await do(company, create_person, company.viewers["admin"], newcomer(company)))
    assert row["password_hash"] is None


async def test_a_new_person_needs_a_name_an_address_a_role_and_a_site(company: Company) -> None:
    needed = {(f"input.{name}", "REQUIRED") for name in ("name", "email", "roles", "siteId")}
    assert await refusal(company, create_person, company.viewers["admin"], PersonInput()) == needed


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "name", "REQUIRED"),
    ({"name": "x" * 201}, "name", "TOO_LONG"),
    ({"email": None}, "email", "REQUIRED"),
    ({"email": "nobody"}, "email", "INVALID"),
    ({"email": "a b@example.com"}, "email", "INVALID"),
    ({"email": "a\0@example.com"}, "email", "INVALID"),
    ({"email": "\ud800@example.com"}, "email", "INVALID"),
    ({"email": f"{'x' * 250}@b.fr"}, "email", "TOO_LONG"),
    ({"email": "MANAGER@example.com "}, "email", "ALREADY_EXISTS"),
    ({"phone": "1" * 51}, "phone", "TOO_LONG"),
    ({"roles": None}, "roles", "REQUIRED"),
    ({"roles": []}, "roles", "REQUIRED"),
    ({"roles": [TECHNICIAN]}, "serviceId", "REQUIRED"),
    ({"roles": [TECHNICIAN], "service_id": None}, "serviceId", "REQUIRED"),
    ({"roles": [TECHNICIAN], "service_id": "Closed service"}, "serviceId", "INACTIVE"),
    ({"roles": [TECHNICIAN], "service_id": "Nowhere"}, "serviceId", "NOT_FOUND"),
    ({"service_id": "Réseau"}, "serviceId", "INVALID"),
    ({"roles": [MANAGER], "service_id": "Réseau"}, "serviceId", "INVALID"),
    ({"site_id": None}, "siteId", "REQUIRED"),
    ({"site_id": "Closed site"}, "siteId", "INACTIVE"),
    ({"site_id": "Nowhere"}, "siteId", "NOT_FOUND"),
    ({"active": None}, "active", "REQUIRED"),
    ({"password": ""}, "password", "INVALID"),
    ({"password": "x" * 7}, "password", "INVALID"),
    ({"password": "x" * 201}, "password", "INVALID"),
    ({"password": "\ud800" * 8}, "password", "INVALID"),
]


@pytest.mark.parametrize(("said", "argument", "code"), BAD)
async def test_what_is_wrong_is_refused(company: Company, said: dict[str, Any], argument: str, code: str) -> None:
    given: dict[str, Any] = {
        key: company.keys.get(value, 2**62) if key.endswith("_id") and value else value for key, value in said.items()
    }
    bad = {(f"input.{argument}", code)}
    assert await refusal(company, create_person, company.viewers["admin"], newcomer(company, **given)) == bad
    assert (
        await refusal(company, update_person, company.viewers["admin"], company.keys["requester"], PersonInput(**given))
        == bad
    )


async def test_an_unknown_person_is_not_found(company: Company) -> None:
    sheet = PersonInput(service_id=company.keys["Réseau"], active=False, roles=[], name="")
    assert await refusal(company, update_person, company.viewers["admin"], 2**62, sheet) == {
        ("id", "NOT_FOUND"),
        ("input.name", "REQUIRED"),
        ("input.roles", "REQUIRED"),
    }


async def test_what_is_absent_stays_and_null_clears(company: Company) -> None:
    key = company.keys["network"]
    await do(company, update_person, company.viewers["admin"], key, PersonInput(phone="12"))
    before = await row_of(company, Person, key)
    assert before["phone"] == "12"
    await do(company, update_person, company.viewers["admin"], key, PersonInput(phone=None))
    after = await row_of(company, Person, key)
    sought = {name: after[name] for name in ("search_text", "search_runs")}  # made of the rest: see tests/search
    assert after == before | {"phone": None} | sought


async def test_what_it_already_says_changes_nothing(company: Company) -> None:
    before = await company.snapshot()
    row = await row_of(company, Person, company.keys["network"])
    names = "name", "email", "phone", "service_id", "site_id", "active"
    sheet = PersonInput(**{name: row[name] for name in names}, roles=[TECHNICIAN], password=None)
    await do(company, update_person, company.viewers["admin"], row["id"], sheet)
    await do(company, update_person, company.viewers["admin"], row["id"], PersonInput())
    assert await company.snapshot() == before


async def test_a_technician_changes_service(company: Company) -> None:
    key, service_id = company.keys["network"], company.keys["Postes"]
    await do(company, update_person, company.viewers["admin"], key, PersonInput(service_id=service_id))
    assert (await row_of(company, Person, key))["service_id"] == service_id


async def test_who_stops_being_a_technician_loses_the_service(company: Company) -> None:
    key = company.keys["network"]
    named = PersonInput(roles=[MANAGER], service_id=company.keys["Réseau"])
    assert await refusal(company, update_person, company.viewers["admin"], key, named) == {
        ("input.serviceId", "INVALID")
    }
    await do(company, update_person, company.viewers["admin"], key, PersonInput(roles=[MANAGER]))
    row = await row_of(company, Person, key)
    assert (row["roles"], row["service_id"]) == (["MANAGER"], None)


async def test_who_becomes_a_technician_needs_a_service(company: Company) -> None:
    key = company.keys["requester"]
    sheet = PersonInput(roles=[REQUESTER, TECHNICIAN])
    assert await refusal(company, update_person, company.viewers["admin"], key, sheet) == {
        ("input.serviceId", "REQUIRED")
    }
    await do(company, update_person, company.viewers["admin"], key, replace(sheet, service_id=company.keys["Postes"]))
    assert (await row_of(company, Person, key))["service_id"] == company.keys["Postes"]


async def test_who_stands_on_a_closed_site_may_still_change(company: Company) -> None:
    key = company.keys["requester"]
    await do(company, update_person, company.viewers["admin"], key, PersonInput(site_id=company.keys["Lyon"]))
    await do(company, update_site, company.viewers["admin"], company.keys["Lyon"], SiteInput(active=False))
    await do(
        company, update_person, company.viewers["admin"], key, PersonInput(site_id=company.keys["Lyon"], name="Renamed")
    )
    assert (await row_of(company, Person, key))["name"] == "Renamed"
