"""Writing the demo company's directory, and finding people and things in it by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Base, Cause, Person, Service, ServiceRate, Site, name_key
from osit_graphql.demo.accounts import ACCOUNTS
from osit_graphql.demo.company import APPLICATIONS, CAUSES, DOMAIN, PEOPLE, SERVICES, SITES, Employee
from osit_graphql.demo.hours import month_start
from osit_graphql.domain.viewer import Viewer


@dataclass(frozen=True)
class Directory:
    """The ids that names and addresses became."""

    sites: Mapping[str, int]
    services: Mapping[str, int]
    applications: Mapping[str, int]
    causes: Mapping[str, int]
    people: Mapping[str, int]

    def person(self, employee: Employee) -> int:
        """Return somebody's id."""
        return self.people[employee.email]

    def viewer(self, employee: Employee) -> Viewer:
        """Return somebody as the services know whoever acts."""
        service = None if employee.service is None else self.services[employee.service]
        return Viewer(self.person(employee), frozenset(employee.roles), service)


async def settle(session: Session, today: date, password_hash: str) -> Directory:
    """Write places, teams, their rates, tools, causes and people; accounts get the password."""
    sites = await _write(session, Site, [_named(site.name, city=site.city) for site in SITES])
    services = await _write(
        session,
        Service,
        [_named(each.name, phone=each.phone, email=f"{each.email}@{DOMAIN}") for each in SERVICES],
    )
    rates = [
        {"service_id": services[each.name], "effective_from": month_start(today, months), "hourly_rate": rate}
        for each in SERVICES
        for months, rate in each.rates
    ]
    await session.execute(insert(ServiceRate), rates)
    applications = await _write(
        session, Application, [_named(name, default_service_id=services[team]) for name, team in APPLICATIONS.items()]
    )
    causes = await _write(session, Cause, [_named(name) for name in CAUSES])
    signing_in = {account.email for account in ACCOUNTS}
    rows = [
        _named(
            person.name,
            email=person.email,
            phone=f"{person.site.phone} {10 + rank // 10} {rank % 10}{(rank * 7) % 10}",
            roles=[str(role) for role in person.roles],
            service_id=None if person.service is None else services[person.service],
            site_id=sites[person.site.name],
            password_hash=password_hash if person.email in signing_in else None,
        )
        for rank, person in enumerate(PEOPLE)
    ]
    people = await _write(session, Person, rows, key="email")
    return Directory(sites, services, applications, causes, people)


async def retire(session: Session, directory: Directory) -> None:
    """Deactivate whoever has left the company since."""
    gone = [directory.person(person) for person in PEOPLE if person.left]
    await session.execute(update(Person).where(Person.id.in_(gone)).values(active=False))


def _named(name: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "name_key": name_key(name), **values}


async def _write(
    session: Session, table: type[Base], rows: list[dict[str, Any]], *, key: str = "name"
) -> Mapping[str, int]:
    columns = table.__table__.c
    statement = insert(table).returning(columns.id, columns[key], sort_by_parameter_order=True)
    return {name: number for number, name in await session.execute(statement, rows)}
