"""Permissions on people: administrators add and change them; operators only add requesters."""

from typing import Any

import pytest

from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.people import PersonInput, create_person, update_person
from tests.company import Company
from tests.directory.directory_calls import call, check_forbidden, refusal, row_of
from tests.directory.test_people import requester_input

OPERATOR, REQUESTER = Role.OPERATOR, Role.REQUESTER


async def test_an_operator_adds_a_caller(company: Company) -> None:
    viewer = company.viewers["operator"]
    row = await row_of(
        company, Person, await call(company, create_person, viewer, requester_input(company, password=None))
    )
    assert (row["roles"], row["password_hash"]) == (["REQUESTER"], None)


async def test_an_operator_receives_the_errors_of_a_caller(company: Company) -> None:
    requester = requester_input(company, roles=[], email="operator@example.com", site_id=company.keys["Closed site"])
    assert await refusal(company, create_person, company.viewers["operator"], requester) == {
        ("input.roles", "REQUIRED"),
        ("input.email", "ALREADY_EXISTS"),
        ("input.siteId", "INACTIVE"),
    }


@pytest.mark.parametrize(
    "fields",
    [
        *({"roles": [role]} for role in sorted(set(Role) - {REQUESTER})),
        {"roles": [REQUESTER, OPERATOR]},
        {"roles": [Role.ADMIN], "name": "", "email": "", "site_id": None},
        {"password": "long enough"},
    ],
)
async def test_an_operator_adds_only_requesters(company: Company, fields: dict[str, Any]) -> None:
    await check_forbidden(company, create_person, company.viewers["operator"], requester_input(company, **fields))


async def test_an_operator_may_not_change_people(company: Company) -> None:
    viewer = company.viewers["operator"]
    for key in (company.keys["requester"], viewer.user_id, 2**62):
        await check_forbidden(company, update_person, viewer, key, PersonInput(phone="1"))


@pytest.mark.parametrize("name", ["requester", "network", "everyman", "manager"])
async def test_other_roles_may_not_add_or_change_people(company: Company, name: str) -> None:
    viewer = company.viewers[name]
    await check_forbidden(company, create_person, viewer, requester_input(company))
    for key in (company.keys["requester"], viewer.user_id, 2**62):
        await check_forbidden(company, update_person, viewer, key, PersonInput(phone="1"))


@pytest.mark.parametrize("role", Role)
async def test_an_administrator_adds_any_person(company: Company, role: Role) -> None:
    service_id = company.keys["Réseau"] if role is Role.TECHNICIAN else None
    requester = requester_input(company, roles=[role], service_id=service_id, password="long enough")
    assert (await row_of(company, Person, await call(company, create_person, company.viewers["admin"], requester)))[
        "roles"
    ] == [role]


async def test_several_roles_combine_their_permissions(company: Company) -> None:
    both = Viewer(company.viewers["admin"].user_id, frozenset({OPERATOR, Role.ADMIN}))
    await call(company, create_person, both, requester_input(company, roles=[Role.MANAGER], password="long enough"))
