"""The directory of a generated database: sites, services with rates, applications, causes, people."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from benchmarks import words
from benchmarks.sizes import TODAY, Size
from osit_graphql.db.models import name_key
from osit_graphql.domain.enums import Role

RATES = ((date(2020, 1, 1), 30), (TODAY.date().replace(month=1, day=1), 33))
"""First day and hourly rate of service 0; service n costs 2 × n more, the last one has no rate."""
NAMED_TABLES = {
    "site": "Site",
    "service": "Service",
    "application": "Application",
    "cause": "Cause",
}
PERSON = ("id", "name", "name_key", "email", "phone", "roles", "service_id", "site_id")


async def write_directory(connection: asyncpg.Connection, size: Size, seed: int) -> None:
    """Write the directory by COPY, and advance the identity sequences."""
    for table, word in NAMED_TABLES.items():
        names = [f"{word} {number:03d}" for number in range(1, getattr(size, f"{table}s") + 1)]
        rows: list[tuple[Any, ...]] = [(number, name, name_key(name)) for number, name in enumerate(names, 1)]
        await copy(connection, table, ("id", "name", "name_key"), rows)
    await connection.execute("UPDATE application SET default_service_id = 1 + id % $1", size.services)
    rates = [(s, day, base + 2 * s) for s in range(1, size.services) for day, base in RATES]
    await copy(connection, "service_rate", ("service_id", "effective_from", "hourly_rate"), rates)
    await copy(connection, "person", PERSON, list(people(size, seed)))
    for table in (*NAMED_TABLES, "person"):
        await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608 - our names


async def copy(connection: asyncpg.Connection, table: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    """COPY rows into a table."""
    schema, _, name = table.rpartition(".")
    await connection.copy_records_to_table(name, schema_name=schema or None, columns=columns, records=rows)


def people(size: Size, seed: int) -> Iterator[tuple[Any, ...]]:
    """Yield all people, with the columns of `PERSON`."""
    rng = random.Random(seed + 3)  # noqa: S311 - the same people every time
    surnames = words.surnames(seed)
    for number in range(1, size.people + 1):
        role = _role(size, number)
        name = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(surnames)}"
        phone = "0" + " ".join([str(rng.randint(1, 7)), *(f"{rng.randint(0, 99):02d}" for _ in range(4))])
        service = 1 + (number - 1) % size.services if role is Role.TECHNICIAN else None
        email = f"{name_key(name).replace(' ', '.')}.{number}@bench.example"
        yield number, name, name_key(name), email, phone, [str(role)], service, rng.randint(1, size.sites)


def _role(size: Size, number: int) -> Role:
    if number < size.first_operator:
        return Role.TECHNICIAN
    if number < size.manager:
        return Role.OPERATOR
    return Role.MANAGER if number < size.requester else Role.REQUESTER
