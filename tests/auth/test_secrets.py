"""The database contains no usable credential."""

import base64

from sqlalchemy import text

from osit_graphql.services.auth import password_hashing
from osit_graphql.services.auth.sessions import sign_in
from tests.auth.people import PASSWORD, give_passwords, make_token
from tests.client import Api
from tests.company import Company
from tests.superuser import Superuser

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')"


async def dump(database: Superuser) -> str:
    """Return all rows of all tables as text."""
    async with database.reading() as session:
        names = list(await session.scalars(text(TABLES)))
        rows = [list(await session.scalars(text(f'SELECT t::text FROM "{name}" AS t'))) for name in names]
    return "\n".join(row for table in rows for row in table)


def stored_forms(secret: str) -> list[str]:
    """Return possible stored forms of a secret, with and without its prefix."""
    bare = secret.removeprefix("osit_t_").removeprefix("osit_s_")
    forms = [bare, bare[:-6], bare[::-1]]
    return [*forms, *(each.encode().hex() for each in forms), base64.b64encode(bare.encode()).decode().rstrip("=")]


async def test_no_secret_is_in_the_database(company: Company, api: Api, admin: Superuser) -> None:
    await give_passwords(company, "manager", "operator")
    secrets = [PASSWORD]
    for who in ("manager", "operator"):
        opened = await sign_in(company.database, f"{who}@example.com", PASSWORD, hours=1, address="192.0.2.1")
        secrets += [opened.token, (await make_token(api, opened.token, "READ_TICKETS", "WRITE_TICKETS"))[0]]
        await api.read(secrets[-1], "{ viewer { id } }")
    dumped = await dump(admin)
    assert "manager@example.com" in dumped  # the dump includes people
    assert "192.0.2.1" not in dumped
    assert [secret for secret in secrets for form in stored_forms(secret) if form in dumped] == []


def test_password_hashes_use_argon2id_with_the_documented_parameters() -> None:
    hasher = password_hashing.HASHER
    assert (hasher.type.name, hasher.memory_cost, hasher.time_cost, hasher.parallelism) == ("ID", 19 * 1024, 2, 1)
    assert (hasher.salt_len, hasher.hash_len) == (16, 32)
