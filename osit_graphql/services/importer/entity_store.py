"""The directory that an import needs: what is there by its name is taken as it is, what is not is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Person, Service, Site, name_key
from osit_graphql.services.importer.entities import Directory, address
from osit_graphql.services.importer.mapping import IncidentMap

CHUNK = 1000
TABLES: Mapping[str, Any] = {"services": Service, "sites": Site, "applications": Application, "causes": Cause}


@dataclass
class Registry:
    """Identities by `name_key`, how many were already there and how many are to be made, by table of the directory."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)

    def get(self, table: str, name: str | None) -> int | None:
        """Return somebody's or something's identity; nobody's is None."""
        return None if name is None else self.ids[table][name_key(name)]


async def find(session: Session, needed: Directory, layout: IncidentMap) -> Registry:
    """Look up what is already there: things by name, whatever its case and accents; people by their address."""
    registry = Registry()
    for name, table in TABLES.items():
        registry.ids[name] = await _keys(session, table.name_key, table.id, getattr(needed, name))
    emails = {address(somebody.name, layout): key for key, somebody in needed.people.items()}
    known = await _keys(session, Person.email, Person.id, emails)
    registry.ids["people"] = {emails[email]: key for email, key in known.items()}
    registry.found = {name: len(ids) for name, ids in registry.ids.items()}
    registry.made = {name: len(getattr(needed, name)) - count for name, count in registry.found.items()}
    return registry


async def register(session: Session, needed: Directory, layout: IncidentMap) -> Registry:
    """Make what is missing and look everything up; another import under way may have made it meanwhile."""
    registry = await find(session, needed, layout)
    for name, table in TABLES.items():
        missing = [
            {"name": spelled, "name_key": key}
            for key, spelled in getattr(needed, name).items()
            if key not in registry.ids[name]
        ]
        await _insert(session, table, missing)
        registry.ids[name] |= await _keys(session, table.name_key, table.id, [row["name_key"] for row in missing])
    people = [key for key in needed.people if key not in registry.ids["people"]]
    await _insert(session, Person, [_person(needed, key, registry, layout) for key in people])
    registry.ids["people"] = (await find(session, needed, layout)).ids["people"]
    return registry


def _person(needed: Directory, key: str, registry: Registry, layout: IncidentMap) -> dict[str, Any]:
    """Make a person without a password: they are in the history, and nobody signs in as them."""
    somebody = needed.people[key]
    return {
        "name": somebody.name,
        "name_key": key,
        "email": address(somebody.name, layout),
        "roles": sorted(map(str, somebody.roles)),
        "service_id": registry.get("services", somebody.service(layout)),
        "site_id": registry.get("sites", somebody.site(layout)),
    }


async def _insert(session: Session, table: Any, rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table).on_conflict_do_nothing(), rows)


async def _keys(session: Session, column: Any, key: Any, wanted: Iterable[str]) -> dict[str, int]:
    names = list(wanted)
    found: dict[str, int] = {}
    for start in range(0, len(names), CHUNK):
        rows = await session.execute(select(column, key).where(column.in_(names[start : start + CHUNK])))
        found |= dict(rows.all())
    return found
