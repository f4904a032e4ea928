"""People: the required fields of a new one, and changes."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Role
from osit_graphql.services.auth.sessions import sign_in
from osit_graphql.services.directory.catalog import SiteInput, update_entry
from osit_graphql.services.directory.people import PersonInput, create_person, update_person
from tests.company import Company
from tests.directory.directory_calls import call, refusal, row_of

TECHNICIAN, REQUESTER, MANAGER = Role.TECHNICIAN, Role.REQUESTER, Role.MANAGER


def requester_input(company: Company, **fields: Any) -> PersonInput:
    """Return the input of a new requester, with these fields replaced."""
    requester = PersonInput(name="New", email="new@example.com", roles=[REQUESTER], site_id=company.keys["Paris"])
    return replace(requester, **fields)


async def test_a_person_is_added(company: Company) -> None:
    service_id = company.keys["Réseau"]
    requester = requester_input(
        company,
        name="  Zoé   Été ",
        email=" Zoe@Example.COM ",
        phone="",
        roles=[TECHNICIAN, REQUESTER, TECHNICIAN],
        service_id=service_id,
        password=" long enough ",
    )
    row = await row_of(company, Person, await call(company, create_person, company.viewers["admin"], requester))
    assert (row["name"], row["name_key"], row["email"], row["phone"]) == ("Zoé Été", "zoe ete", "zoe@example.com", None)
    assert (row["roles"], row["service_id"], row["active"]) == (["REQUESTER", "TECHNICIAN"], service_id, True)
    assert row["password_hash"].startswith("$argon2id$")
    signed_in_person = await sign_in(company.database, "ZOE@example.com", " long enough ", hours=1)
    assert signed_in_person.viewer.roles == {TECHNICIAN, REQUESTER}


async def test_a_person_without_a_password_cannot_sign_in(company: Company) -> None:
    row = await row_of(
        company, Person, await call(company, create_person, company.viewers["admin"], requester_input(company))
    )
    assert row["password_hash"] is None


async def test_a_new_requester_needs_name_address_role_and_site(company: Company) -> None:
    needed = {(f"input.{name}", "REQUIRED") for name in ("name", "email", "roles", "siteId")}
    assert await refusal(company, create_person, company.viewers["admin"], PersonInput()) == needed


INVALID_FIELDS: list[tuple[dict[str, Any], str, str]] = [
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


@pytest.mark.parametrize(("fields", "argument", "code"), INVALID_FIELDS)
async def test_invalid_fields_are_refused(company: Company, fields: dict[str, Any], argument: str, code: str) -> None:
    resolved_fields: dict[str, Any] = {
        key: company.keys.get(value, 2**62) if key.endswith("_id") and value else value for key, value in fields.items()
    }
    bad = {(f"input.{argument}", code)}
    assert (
        await refusal(company, create_person, company.viewers["admin"], requester_input(company, **resolved_fields))
        == bad
    )
    assert (
        await refusal(
            company, update_person, company.viewers["admin"], company.keys["requester"], PersonInput(**resolved_fields)
        )
        == bad
    )


async def test_an_unknown_person_is_not_found(company: Company) -> None:
    requester = PersonInput(service_id=company.keys["Réseau"], active=False, roles=[], name="")
    assert await refusal(company, update_person, company.viewers["admin"], 2**62, requester) == {
        ("id", "NOT_FOUND"),
        ("input.name", "REQUIRED"),
        ("input.roles", "REQUIRED"),
    }


async def test_absent_fields_stay_and_null_clears(company: Company) -> None:
    key = company.keys["network"]
    await call(company, update_person, company.viewers["admin"], key, PersonInput(phone="12"))
    before = await row_of(company, Person, key)
    assert before["phone"] == "12"
    await call(company, update_person, company.viewers["admin"], key, PersonInput(phone=None))
    after = await row_of(company, Person, key)
    sought = {name: after[name] for name in ("search_text", "search_runs")}  # made of the rest: see tests/search
    assert after == before | {"phone": None} | sought


async def test_an_equal_value_changes_nothing(company: Company) -> None:
    before = await company.snapshot()
    row = await row_of(company, Person, company.keys["network"])
    names = "name", "email", "phone", "service_id", "site_id", "active"
    requester = PersonInput(**{name: row[name] for name in names}, roles=[TECHNICIAN], password=None)
    await call(company, update_person, company.viewers["admin"], row["id"], requester)
    await call(company, update_person, company.viewers["admin"], row["id"], PersonInput())
    assert await company.snapshot() == before


async def test_a_technician_changes_service(company: Company) -> None:
    key, service_id = company.keys["network"], company.keys["Postes"]
    await call(company, update_person, company.viewers["admin"], key, PersonInput(service_id=service_id))
    assert (await row_of(company, Person, key))["service_id"] == service_id


async def test_a_former_technician_loses_the_service(company: Company) -> None:
    key = company.keys["network"]
    named = PersonInput(roles=[MANAGER], service_id=company.keys["Réseau"])
    assert await refusal(company, update_person, company.viewers["admin"], key, named) == {
        ("input.serviceId", "INVALID")
    }
    await call(company, update_person, company.viewers["admin"], key, PersonInput(roles=[MANAGER]))
    row = await row_of(company, Person, key)
    assert (row["roles"], row["service_id"]) == (["MANAGER"], None)


async def test_a_new_technician_needs_a_service(company: Company) -> None:
    key = company.keys["requester"]
    requester = PersonInput(roles=[REQUESTER, TECHNICIAN])
    assert await refusal(company, update_person, company.viewers["admin"], key, requester) == {
        ("input.serviceId", "REQUIRED")
    }
    await call(
        company, update_person, company.viewers["admin"], key, replace(requester, service_id=company.keys["Postes"])
    )
    assert (await row_of(company, Person, key))["service_id"] == company.keys["Postes"]


async def test_a_person_of_an_inactive_site_may_change(company: Company) -> None:
    key = company.keys["requester"]
    await call(company, update_person, company.viewers["admin"], key, PersonInput(site_id=company.keys["Lyon"]))
    await call(
        company,
        update_entry,
        company.viewers["admin"],
        company.keys["Lyon"],
        SiteInput(active=False),
        zone=ZoneInfo("Europe/Paris"),
    )
    await call(
        company, update_person, company.viewers["admin"], key, PersonInput(site_id=company.keys["Lyon"], name="Renamed")
    )
    assert (await row_of(company, Person, key))["name"] == "Renamed"
