"""Sessions after a change of their person, and changes by an operator of OSIT without a session."""

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Person, Service, Site
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth.sessions import get_viewer, sign_in
from osit_graphql.services.directory.admin import (
    FirstPersonInput,
    ListedPerson,
    find_entry,
    find_person,
    list_people,
    reset_password,
)
from osit_graphql.services.directory.people import PersonInput, create_person, create_person_unchecked, update_person
from tests.company import Company
from tests.directory.directory_calls import call, refusal, row_of
from tests.directory.test_people import requester_input

PASSWORD = "long enough"


@pytest.fixture
async def signed_in_person(company: Company) -> tuple[int, list[str]]:
    """Return a person's ID and the tokens of two sessions."""
    key = await call(company, create_person, company.viewers["admin"], requester_input(company, password=PASSWORD))
    tokens = [(await sign_in(company.database, "new@example.com", PASSWORD, hours=1)).token for _ in range(2)]
    return key, tokens


async def viewers(database: Database, tokens: list[str]) -> list[Viewer | None]:
    async with database.reading(System.SIGN_IN) as session:
        return [await get_viewer(session, token) for token in tokens]


@pytest.mark.parametrize("input_", [PersonInput(password="another one"), PersonInput(password=None)])
async def test_a_changed_password_ends_the_sessions(
    company: Company, signed_in_person: tuple[int, list[str]], input_: PersonInput
) -> None:
    key, tokens = signed_in_person
    await call(company, update_person, company.viewers["admin"], key, input_)
    assert await viewers(company.database, tokens) == [None, None]
    with pytest.raises(Refused, match="INVALID_CREDENTIALS"):
        await sign_in(company.database, "new@example.com", PASSWORD, hours=1)
    if input_.password:
        await sign_in(company.database, "new@example.com", "another one", hours=1)


async def test_a_deactivation_ends_the_sessions_permanently(
    company: Company, signed_in_person: tuple[int, list[str]]
) -> None:
    key, tokens = signed_in_person
    await call(company, update_person, company.viewers["admin"], key, PersonInput(active=False))
    await call(company, update_person, company.viewers["admin"], key, PersonInput(active=True))
    assert await viewers(company.database, tokens) == [None, None]
    await sign_in(company.database, "new@example.com", PASSWORD, hours=1)


async def test_a_changed_role_applies_at_the_next_request(
    company: Company, signed_in_person: tuple[int, list[str]]
) -> None:
    key, tokens = signed_in_person
    input_ = PersonInput(roles=[Role.TECHNICIAN], service_id=company.keys["Réseau"], active=True)
    await call(company, update_person, company.viewers["admin"], key, input_)
    changed = Viewer(key, frozenset({Role.TECHNICIAN}), company.keys["Réseau"])
    assert await viewers(company.database, tokens) == [changed, changed]


async def test_a_refused_change_ends_no_session(company: Company, signed_in_person: tuple[int, list[str]]) -> None:
    key, tokens = signed_in_person
    await refusal(company, update_person, company.viewers["admin"], key, PersonInput(active=False, name=""))
    assert None not in await viewers(company.database, tokens)


async def test_sessions_of_others_continue(company: Company, signed_in_person: tuple[int, list[str]]) -> None:
    _, tokens = signed_in_person
    await call(company, update_person, company.viewers["admin"], company.keys["requester"], PersonInput(active=False))
    assert None not in await viewers(company.database, tokens)


async def test_the_first_administrator_needs_all_fields_but_a_site(company: Company) -> None:
    founder = FirstPersonInput(name="First", email="first@example.com", roles=[Role.ADMIN], password=PASSWORD)
    row = await row_of(company, Person, await call(company, create_person_unchecked, founder))
    assert (row["roles"], row["site_id"]) == (["ADMIN"], None)
    assert await refusal(
        company, create_person_unchecked, FirstPersonInput(email="first@example.com", roles=[Role.TECHNICIAN])
    ) == {
        ("input.name", "REQUIRED"),
        ("input.email", "ALREADY_EXISTS"),
        ("input.serviceId", "REQUIRED"),
    }


async def test_a_password_is_reset(company: Company, signed_in_person: tuple[int, list[str]]) -> None:
    key, tokens = signed_in_person
    assert await call(company, find_person, " NEW@example.com") == key
    assert await refusal(company, reset_password, key, "short") == {("input.password", "INVALID")}
    assert None not in await viewers(company.database, tokens)
    await call(company, reset_password, key, "another one")
    assert await viewers(company.database, tokens) == [None, None]


async def test_people_and_sites_are_looked_up_by_name(company: Company) -> None:
    assert await call(company, find_entry, Service, " RESEAU ") == company.keys["Réseau"]
    assert await call(company, find_entry, Site, "PARIS") == company.keys["Paris"]
    assert [await call(company, find_entry, model, "nobody") for model in (Service, Site)] == [None, None]
    assert await call(company, find_person, "nobody") is None


async def test_people_are_listed_by_name(company: Company, signed_in_person: tuple[int, list[str]]) -> None:
    people = await call(company, list_people)
    assert [person.name for person in people] == sorted([*(name.title() for name in company.viewers), "New"])
    assert ListedPerson("New", "new@example.com", [Role.REQUESTER], None, "Paris", active=True, signs_in=True) in people
    technician = ("Network", "network@example.com", [Role.TECHNICIAN], "Réseau", "Paris")
    assert ListedPerson(*technician, active=True, signs_in=False) in people
