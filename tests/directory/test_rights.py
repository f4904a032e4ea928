"""Who may change people: administrators; and the desk, which may add a caller not known yet and nobody else."""

from typing import Any

import pytest

from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory import PersonInput, create_person, update_person
from tests.company import Company
from tests.directory.doing import check_forbidden, do, refusal, row_of
from tests.directory.test_people import newcomer

OPERATOR, REQUESTER = Role.OPERATOR, Role.REQUESTER


async def test_an_operator_adds_a_caller(company: Company) -> None:
    viewer = company.viewers["operator"]
    row = await row_of(company, Person, await do(company, create_person, viewer, newcomer(company, password=None)))
    assert (row["roles"], row["password_hash"]) == (["REQUESTER"], None)


async def test_an_operator_is_told_what_is_wrong_with_a_caller(company: Company) -> None:
    sheet = newcomer(company, roles=[], email="operator@example.com", site_id=company.keys["Closed site"])
    assert await refusal(company, create_person, company.viewers["operator"], sheet) == {
        ("input.roles", "REQUIRED"),
        ("input.email", "ALREADY_EXISTS"),
        ("input.siteId", "INACTIVE"),
    }


@pytest.mark.parametrize(
    "said",
    [
        *({"roles": [role]} for role in sorted(set(Role) - {REQUESTER})),
        {"roles": [REQUESTER, OPERATOR]},
        {"roles": [Role.ADMIN], "name": "", "email": "", "site_id": None},
        {"password": "long enough"},
    ],
)
async def test_an_operator_adds_nobody_else(company: Company, said: dict[str, Any]) -> None:
    await check_forbidden(company, create_person, company.viewers["operator"], newcomer(company, **said))


async def test_an_operator_changes_nobody(company: Company) -> None:
    viewer = company.viewers["operator"]
    for key in (company.keys["requester"], viewer.user_id, 2**62):
        await check_forbidden(company, update_person, viewer, key, PersonInput(phone="1"))


@pytest.mark.parametrize("name", ["requester", "network", "everyman", "manager"])
async def test_others_touch_nobody(company: Company, name: str) -> None:
    viewer = company.viewers[name]
    await check_forbidden(company, create_person, viewer, newcomer(company))
    for key in (company.keys["requester"], viewer.user_id, 2**62):
        await check_forbidden(company, update_person, viewer, key, PersonInput(phone="1"))


@pytest.mark.parametrize("role", Role)
async def test_an_administrator_adds_anybody(company: Company, role: Role) -> None:
    service_id = company.keys["Réseau"] if role is Role.TECHNICIAN else None
    sheet = newcomer(company, roles=[role], service_id=service_id, password="long enough")
    assert (await row_of(company, Person, await do(company, create_person, company.viewers["admin"], sheet)))[
        "roles"
    ] == [role]


async def test_several_roles_are_their_union(company: Company) -> None:
    both = Viewer(company.viewers["admin"].user_id, frozenset({OPERATOR, Role.ADMIN}))
    await do(company, create_person, both, newcomer(company, roles=[Role.MANAGER], password="long enough"))
