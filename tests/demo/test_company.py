"""The directory of the demo company: people, services, rates and the public accounts."""

from decimal import Decimal

import pytest

from osit_graphql import demo
from osit_graphql.db.engine import Database
from osit_graphql.demo.company import PEOPLE
from osit_graphql.domain.enums import Role
from osit_graphql.services.auth import password_hashing
from tests.demo.queries import fetch_rows, fetch_value

ROLES_AND_SERVICES = {
    "operator@demo.example": ("OPERATOR", None),
    "developer@demo.example": ("TECHNICIAN", "Développement RH"),
    "network@demo.example": ("TECHNICIAN", "Réseau"),
    "requester@demo.example": ("REQUESTER", None),
    "colleague@demo.example": ("REQUESTER", None),
    "manager@demo.example": ("MANAGER", None),
    "admin@demo.example": ("ADMIN", None),
}


@pytest.mark.parametrize(
    ("table", "count"), [("site", 3), ("service", 5), ("application", 6), ("cause", 8), ("ticket", 600)]
)
async def test_row_counts(demo_database: Database, table: str, count: int) -> None:
    assert await fetch_value(demo_database, f"SELECT count(*) FROM {table}") == count


async def test_there_are_about_forty_people(demo_database: Database) -> None:
    assert 38 <= await fetch_value(demo_database, "SELECT count(*) FROM person WHERE active") <= 45
    assert await fetch_value(demo_database, "SELECT count(*) FROM person WHERE NOT active") == 1
    assert await fetch_value(demo_database, "SELECT count(*) FROM person WHERE email NOT LIKE '%@demo.example'") == 0


async def test_names_used_by_the_documentation_exist(demo_database: Database) -> None:
    developers = "SELECT s.name FROM application a JOIN service s ON s.id = a.default_service_id WHERE a.name = :name"
    assert await fetch_value(demo_database, developers, name="Portail RH") == "Développement RH"
    assert await fetch_value(demo_database, "SELECT count(*) FROM service WHERE name = 'Réseau'") == 1
    assert await fetch_value(demo_database, "SELECT count(*) FROM application WHERE default_service_id IS NULL") == 0


async def test_the_seven_accounts_have_their_roles(demo_database: Database) -> None:
    statement = "SELECT p.email, p.name, p.roles, s.name FROM person p LEFT JOIN service s ON s.id = p.service_id"
    people = {row[0]: row for row in await fetch_rows(demo_database, f"{statement} WHERE p.password_hash IS NOT NULL")}
    assert {email: (row[2], row[3]) for email, row in people.items()} == {
        email: ([role], service) for email, (role, service) in ROLES_AND_SERVICES.items()
    }
    listed = [(account.email, account.role) for account in demo.ACCOUNTS]
    assert listed == [(email, role) for email, (role, _) in ROLES_AND_SERVICES.items()]
    names = {person.email: person.name for person in PEOPLE}
    assert all(people[account.email][1] == names[account.email] for account in demo.ACCOUNTS)


@pytest.mark.parametrize("email", ROLES_AND_SERVICES)
async def test_an_account_accepts_the_public_password(demo_database: Database, email: str) -> None:
    [[stored]] = await fetch_rows(demo_database, "SELECT password_hash FROM person WHERE email = :email", email=email)
    assert await password_hashing.verify_queued(stored, "osit-demo")
    assert demo.PASSWORD == "osit-demo"
    assert all(account.password == demo.PASSWORD for account in demo.ACCOUNTS)


async def test_every_service_has_contact_details_and_technicians(demo_database: Database) -> None:
    assert await fetch_value(demo_database, "SELECT count(*) FROM service WHERE phone IS NULL OR email IS NULL") == 0
    staffed = "SELECT count(DISTINCT service_id) FROM person WHERE :role = ANY (roles)"
    assert await fetch_value(demo_database, staffed, role=str(Role.TECHNICIAN)) == 5
    assert await fetch_value(demo_database, "SELECT count(*) FROM person WHERE cardinality(roles) > 1") >= 3


async def test_rates_change_and_one_service_has_none_for_a_month(demo_database: Database) -> None:
    priced = await fetch_rows(
        demo_database, "SELECT service_id, count(DISTINCT hourly_rate), count(*) FILTER (WHERE hourly_rate IS NULL)"
        " FROM intervention GROUP BY service_id"
    )  # fmt: skip
    assert len(priced) == 5
    assert sum(rates > 1 for _, rates, _ in priced) >= 3
    assert sum(without > 0 for _, _, without in priced) >= 1
    wrong = (
        "SELECT count(*) FROM intervention i WHERE hourly_rate IS DISTINCT FROM (SELECT r.hourly_rate FROM service_rate"
        " r WHERE r.service_id = i.service_id AND r.effective_from <= i.started_on"
        " ORDER BY r.effective_from DESC LIMIT 1)"
    )
    assert await fetch_value(demo_database, wrong) == 0
    assert await fetch_value(demo_database, "SELECT max(expenses) FROM intervention") > Decimal(100)


async def test_the_demo_company_is_detected(demo_database: Database) -> None:
    assert await demo.is_demo(demo_database)
    assert not await demo.is_empty(demo_database)
