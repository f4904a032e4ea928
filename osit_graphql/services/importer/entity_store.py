"""Finds the entities of an import in the database by name, and creates the missing ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Person, Service, Site, name_key
from osit_graphql.services.importer.entities import Directory, email_address
from osit_graphql.services.importer.mapping import IncidentMap

LOOKUP_BATCH_SIZE = 1000
TABLES: Mapping[str, Any] = {"services": Service, "sites": Site, "applications": Application, "causes": Cause}


@dataclass
class EntityIds:
    """Row identifiers by `name_key`, and the counts of existing and missing entities, for each table."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    existing_counts: dict[str, int] = field(default_factory=dict)
    missing_counts: dict[str, int] = field(default_factory=dict)

    def get(self, table: str, name: str | None) -> int | None:
        """Return an entity's row identifier, or None without a name."""
        return None if name is None else self.ids[table][name_key(name)]


async def find_entities(session: Session, directory: Directory, mapping: IncidentMap) -> EntityIds:
    """Find existing entities by name, regardless of case and accents; people by email address."""
    entity_ids = EntityIds()
    for name, table in TABLES.items():
        entity_ids.ids[name] = await _keys(session, table.name_key, table.id, getattr(directory, name))
    emails = {email_address(person.name, mapping): key for key, person in directory.people.items()}
    known = await _keys(session, Person.email, Person.id, emails)
    entity_ids.ids["people"] = {emails[email]: key for email, key in known.items()}
    entity_ids.existing_counts = {name: len(ids) for name, ids in entity_ids.ids.items()}
    entity_ids.missing_counts = {
        name: len(getattr(directory, name)) - count for name, count in entity_ids.existing_counts.items()
    }
    return entity_ids


async def create_entities(session: Session, directory: Directory, mapping: IncidentMap) -> EntityIds:
    """Create the missing entities and find all; a concurrent import may have created some."""
    entity_ids = await find_entities(session, directory, mapping)
    for name, table in TABLES.items():
        missing = [
            {"name": spelled, "name_key": key}
            for key, spelled in getattr(directory, name).items()
            if key not in entity_ids.ids[name]
        ]
        await _insert(session, table, missing)
        entity_ids.ids[name] |= await _keys(session, table.name_key, table.id, [row["name_key"] for row in missing])
    people = [key for key in directory.people if key not in entity_ids.ids["people"]]
    await _insert(session, Person, [_person(directory, key, entity_ids, mapping) for key in people])
    entity_ids.ids["people"] = (await find_entities(session, directory, mapping)).ids["people"]
    return entity_ids


def _person(directory: Directory, key: str, entity_ids: EntityIds, mapping: IncidentMap) -> dict[str, Any]:
    """Return the columns of a person without a password, who cannot sign in."""
    person = directory.people[key]
    return {
        "name": person.name,
        "name_key": key,
        "email": email_address(person.name, mapping),
        "roles": sorted(map(str, person.roles)),
        "service_id": entity_ids.get("services", person.service(mapping)),
        "site_id": entity_ids.get("sites", person.site(mapping)),
    }


async def _insert(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table).on_conflict_do_nothing(), rows)


async def _keys(session: Session, column: Any, key: Any, wanted: Iterable[str]) -> dict[str, int]:
    names = list(wanted)
    ids: dict[str, int] = {}
    for start in range(0, len(names), LOOKUP_BATCH_SIZE):
        rows = await session.execute(select(column, key).where(column.in_(names[start : start + LOOKUP_BATCH_SIZE])))
        ids |= dict(rows.all())
    return ids
