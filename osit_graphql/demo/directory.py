"""Inserts the demo company's directory, and maps its names to ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Base, Cause, Person, Service, ServiceRate, Site, name_key
from osit_graphql.demo.company import (
    ACCOUNTS,
    CAUSES,
    DEFAULT_SERVICES,
    EMAIL_DOMAIN,
    PEOPLE,
    SERVICES,
    SITES,
    Employee,
)
from osit_graphql.demo.working_hours import month_start
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth.credentials_lock import lock_credentials


@dataclass(frozen=True)
class Directory:
    """Ids by name; ids of people by e-mail address."""

    sites: Mapping[str, int]
    services: Mapping[str, int]
    applications: Mapping[str, int]
    causes: Mapping[str, int]
    people: Mapping[str, int]

    def person_id(self, employee: Employee) -> int:
        """Return an employee's id."""
        return self.people[employee.email]

    def viewer(self, employee: Employee) -> Viewer:
        """Return an employee as a viewer."""
        service_id = None if employee.service is None else self.services[employee.service]
        return Viewer(self.person_id(employee), frozenset(employee.roles), service_id)


async def insert_directory(session: Session, today: date, password_hash: str) -> Directory:
    """Insert sites, services, rates, applications, causes and people; demo accounts get the password."""
    sites = await _insert(session, Site, [_named(site.name, city=site.city) for site in SITES])
    services = await _insert(
        session,
        Service,
        [_named(each.name, phone=each.phone, email=f"{each.email}@{EMAIL_DOMAIN}") for each in SERVICES],
    )
    rates = [
        {
            "service_id": services[service.name],
            "effective_from": month_start(today, rate["months_back"]),
            "hourly_rate": rate.get("hourly_rate"),
        }
        for service in SERVICES
        for rate in service.rates
    ]
    await session.execute(insert(ServiceRate), rates)
    applications = await _insert(
        session,
        Application,
        [_named(name, default_service_id=services[service]) for name, service in DEFAULT_SERVICES.items()],
    )
    causes = await _insert(session, Cause, [_named(name) for name in CAUSES])
    account_emails = {account.email for account in ACCOUNTS}
    rows = [
        _named(
            person.name,
            email=person.email,
            phone=f"{person.site.phone} {10 + rank // 10} {rank % 10}{(rank * 7) % 10}",
            roles=[str(role) for role in person.roles],
            service_id=None if person.service is None else services[person.service],
            site_id=sites[person.site.name],
            password_hash=password_hash if person.email in account_emails else None,
        )
        for rank, person in enumerate(PEOPLE)
    ]
    people = await _insert(session, Person, rows, key="email")
    return Directory(sites, services, applications, causes, people)


async def deactivate_former_employees(session: Session, directory: Directory) -> None:
    """Deactivate the people who have left the company; they call earlier in the year."""
    former_ids = [directory.person_id(person) for person in PEOPLE if person.has_left]
    await lock_credentials(session, *former_ids)
    session.revoke_cached_viewers()
    await session.execute(update(Person).where(Person.id.in_(former_ids)).values(active=False))


def _named(name: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "name_key": name_key(name), **values}


async def _insert(
    session: Session, table: type[Base], rows: list[dict[str, Any]], *, key: str = "name"
) -> Mapping[str, int]:
    columns = table.__table__.c
    statement = insert(table).returning(columns.id, columns[key], sort_by_parameter_order=True)
    return {name: row_id for row_id, name in await session.execute(statement, rows)}
