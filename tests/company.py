"""A small company for tests: two sites, three services, three applications, and signed-in people of each role."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, text

from osit_graphql.api import global_ids
from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Application, Base, Cause, Person, Service, ServiceRate, SessionToken, Site, name_key
from osit_graphql.domain.enums import Criticality, Role, Severity
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth import opaque_tokens
from osit_graphql.services.tickets import CommandContext, create
from osit_graphql.services.tickets.create import NewTicket
from tests.superuser import as_superuser

KINDS: dict[type[Base], global_ids.Kind] = {
    Site: global_ids.Kind.SITE,
    Service: global_ids.Kind.SERVICE,
    Application: global_ids.Kind.APPLICATION,
    Cause: global_ids.Kind.CAUSE,
    Person: global_ids.Kind.USER,
}
NAMED_TABLES: tuple[tuple[type[Base], tuple[str, ...]], ...] = (
    (Site, ("Paris", "Lyon")),
    (Service, ("Développement", "Réseau", "Postes")),
    (Application, ("Portail", "Paie", "Stocks")),
    (Cause, ("Configuration", "Défaut logiciel", "Panne matérielle")),
)
# Name, roles, service; all in Paris except `colleague`. `twofold` and `everyman` have two roles.
PEOPLE: tuple[tuple[str, tuple[Role, ...], str | None], ...] = (
    ("operator", (Role.OPERATOR,), None),
    ("developer", (Role.TECHNICIAN,), "Développement"),
    ("peer", (Role.TECHNICIAN,), "Développement"),
    ("network", (Role.TECHNICIAN,), "Réseau"),
    ("requester", (Role.REQUESTER,), None),
    ("colleague", (Role.REQUESTER,), None),
    ("manager", (Role.MANAGER,), None),
    ("admin", (Role.ADMIN,), None),
    ("twofold", (Role.OPERATOR, Role.TECHNICIAN), "Réseau"),
    ("everyman", (Role.REQUESTER, Role.TECHNICIAN), "Réseau"),
)
RATES = {"Développement": Decimal("60.00"), "Réseau": Decimal("45.50")}  # « Postes » has none

SNAPSHOT = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}', array_agg(stored::text ORDER BY stored::text) FROM {table.name} stored"
        for table in Base.metadata.sorted_tables
    )
)


@dataclass(frozen=True)
class Company:
    """Row numbers, IDs of the API, viewers and tokens, by name."""

    database: Database
    keys: dict[str, int]
    ids: dict[str, str]
    viewers: dict[str, Viewer]
    tokens: dict[str, str]

    async def ticket(self, title: str = "Écran noir", **values: Any) -> int:
        """Create a ticket as the operator, with names in place of keys. Return its number."""
        new = NewTicket(
            title=title,
            description=values.get("description", "Plus rien ne s'affiche."),
            requester_id=self.keys[values.get("requester", "requester")],
            application_id=self.keys[values.get("application", "Portail")],
            service_id=self.keys[values.get("service", "Développement")],
            severity=values.get("severity", Severity.MODERATE),
            criticality=values.get("criticality", Criticality.NON_BLOCKING),
        )
        async with self.database.transaction(self.viewers["operator"]) as session:
            return (await create(CommandContext(session, self.viewers["operator"]), new)).ticket_id

    async def do(self, who: str, command: Any, *arguments: Any, **values: Any) -> Any:
        """Run a command of the services as a person, in its own transaction."""
        async with self.database.transaction(self.viewers[who]) as session:
            return await command(CommandContext(session, self.viewers[who]), *arguments, **values)

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        async with as_superuser(self.database).reading() as session:
            return {
                table.name: sorted((tuple(row) for row in await session.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }

    async def snapshot(self) -> dict[str, list[str] | None]:
        """Return every row of every table as PostgreSQL writes it, in one statement: to see that nothing changed."""
        async with as_superuser(self.database).reading() as session:
            return {row[0]: row[1] for row in await session.execute(SNAPSHOT)}

    @staticmethod
    def id(number: int) -> str:
        """Return the id of a ticket."""
        return global_ids.encode(global_ids.Kind.TICKET, number)


async def create_company(database: Database) -> Company:
    """Create the company in an empty database, with one statement for each table."""
    company, moment = Company(database, {}, {}, {}, {}), datetime.now(UTC)
    async with as_superuser(database).transaction() as session:
        for table, names in NAMED_TABLES:
            rows = {name: {"name": name, "name_key": name_key(name)} for name in names}
            await _insert(session, company, table, rows)
        rates = [
            {"service_id": company.keys[name], "effective_from": date(2020, 1, 1), "hourly_rate": rate}
            for name, rate in RATES.items()
        ]
        await session.execute(insert(ServiceRate).values(rates))
        people = {name: _person(company, name, roles, service) for name, roles, service in PEOPLE}
        await _insert(session, company, Person, people)
        for name, roles, _ in PEOPLE:
            company.viewers[name] = Viewer(company.keys[name], frozenset(roles), people[name]["service_id"])
            company.tokens[name] = f"{opaque_tokens.SESSION_PREFIX}{name}"
        tokens = [
            {
                "digest": opaque_tokens.digest(token),
                "person_id": company.keys[name],
                "created_at": moment,
                "expires_at": moment + timedelta(hours=1),
            }
            for name, token in company.tokens.items()
        ]
        await session.execute(insert(SessionToken).values(tokens))
    return company


def _person(company: Company, name: str, roles: tuple[Role, ...], service: str | None) -> dict[str, Any]:
    return {
        "name": name.title(),
        "name_key": name_key(name),
        "email": f"{name}@example.com",
        "phone": "06 12 34 56 78",
        "roles": [str(role) for role in roles],
        "service_id": company.keys[service] if service else None,
        "site_id": company.keys["Lyon" if name == "colleague" else "Paris"],
    }


async def _insert(session: Session, company: Company, table: type[Base], rows: dict[str, dict[str, Any]]) -> None:
    """Insert rows by name, and note their ids."""

    def build() -> Any:
        return insert(table).values([*rows.values()]).returning(table.id)  # type: ignore[attr-defined]

    added = await statements.fetch(session, ("company", table, repr(rows)), build)
    for name, row in zip(rows, added, strict=True):
        company.keys[name] = key = row.id
        company.ids[name] = global_ids.encode(KINDS[table], key)
