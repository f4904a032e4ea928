"""A backup is complete: rows, constraints and policies are the same after a restore, and the API works on them."""

from pathlib import Path

import pytest
from sqlalchemy import text

from osit_graphql.backup import find_tools
from osit_graphql.db.engine import Database
from osit_graphql.db.rls import NOT_FORCED
from osit_graphql.domain.errors import SetupError
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.backup.conftest import RESTORE_OWNER, point_at, run
from tests.backup.database_description import describe
from tests.client import Api
from tests.company import Company
from tests.superuser import OWNER, Superuser, as_superuser

TITLES = "{ openTickets { nodes { number title } } }"


async def _write(company: Company) -> None:
    for title in ("Écran noir", "Souris; DROP TABLE ticket; --", "\\. 'guillemets' \\N \\t"):
        await company.ticket(title)


async def test_a_restored_database_equals_the_original(
    company: Company, here: dict[str, str], there: dict[str, str], beside: Superuser, tmp_path: Path
) -> None:
    await _write(company)
    file = tmp_path / "osit.backup"
    before = await describe(as_superuser(company.database), OWNER)
    written = await run(here, "backup", file)
    assert (written.exit_code, file.stat().st_mode & 0o777) == (0, 0o600), written.output
    assert not file.with_name(f"{file.name}.unfinished").exists()
    restored = await run(there, "restore", file)
    assert restored.exit_code == 0, restored.output or restored.exception
    after = await describe(beside, RESTORE_OWNER)
    assert {part for part in before if before[part] != after[part]} == set()
    assert before.keys() == after.keys()
    assert before["rows of ticket"][0] == 3
    assert {table for table, enabled, forced in after["row security"] if enabled and not forced} == set(NOT_FORCED)
    assert sum(enabled for _, enabled, _ in after["row security"]) > 10


async def test_the_api_works_on_a_restored_database(
    company: Company, here: dict[str, str], there: dict[str, str], beside: Superuser, tmp_path: Path
) -> None:
    await _write(company)
    file = tmp_path / "osit.backup"
    assert (await run(here, "backup", file)).exit_code == 0
    await company.ticket("Après la sauvegarde")
    assert (await run(there, "restore", file)).exit_code == 0
    database = Database(there["OSIT_DATABASE_URL"].replace("postgresql", "postgresql+asyncpg", 1))
    settings = Settings(_env_file=None)
    async with Api(settings, database, build(settings, database)) as api:
        seen = (await api.read(company.tokens["operator"], TITLES))["openTickets"]["nodes"]
        hidden = (await api.read(company.tokens["network"], TITLES))["openTickets"]["nodes"]
    await database.close()
    assert [each["number"] for each in seen] == [1, 2, 3]
    assert hidden == []


async def test_a_backup_of_an_empty_installation_restores(
    here: dict[str, str], there: dict[str, str], beside: Superuser, tmp_path: Path
) -> None:
    assert (await run(here, "backup", tmp_path / "empty")).exit_code == 0
    assert (await run(there, "restore", tmp_path / "empty")).exit_code == 0
    assert (await describe(beside, RESTORE_OWNER))["rows of ticket"][0] == 0


async def _refused(settings: dict[str, str], *arguments: str | Path) -> str:
    done = await run(settings, *arguments)
    assert isinstance(done.exception, SetupError), done.output
    return str(done.exception)


async def test_nothing_is_overwritten(company: Company, here: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("precious")
    assert "exists already. A backup never overwrites a file" in await _refused(here, "backup", file)
    assert file.read_text() == "precious"
    assert (await run(here, "backup", tmp_path / "good")).exit_code == 0
    before = await describe(as_superuser(company.database), OWNER)
    assert "tables already. A backup is restored into an empty database only" in await _refused(
        here, "restore", tmp_path / "good"
    )
    assert await describe(as_superuser(company.database), OWNER) == before


async def test_a_role_that_sees_fewer_rows_makes_no_backup(
    here: dict[str, str], owner_url: str, database_url: str, database: Database, tmp_path: Path
) -> None:
    """As the API's role, and as the owner when a table lacks the owner's policy."""
    file = tmp_path / "partial"
    message = await _refused(point_at(None, database_url), "backup", file)
    assert "may not read every row of" in message
    assert "Set OSIT_OWNER_URL to connect as the owner of the tables" in message
    async with as_superuser(database).transaction() as session:
        await session.execute(text("ALTER POLICY ticket_owner ON ticket USING (id > 0)"))
    try:
        assert f"{OWNER} may not read every row of ticket" in await _refused(here, "backup", file)
    finally:
        async with as_superuser(database).transaction() as session:
            await session.execute(text("ALTER POLICY ticket_owner ON ticket USING (true)"))
    assert not file.exists()
    assert not file.with_name(f"{file.name}.unfinished").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
async def test_a_truncated_backup_restores_nothing(
    company: Company, here: dict[str, str], there: dict[str, str], beside: Superuser, tmp_path: Path, share: float
) -> None:
    for number in range(30):
        await company.ticket(f"Numéro {number}", description="Une phrase qui se répète peu. " * number or "x")
    complete, half = tmp_path / "whole", tmp_path / "half"
    assert (await run(here, "backup", complete)).exit_code == 0
    content = complete.read_bytes()
    half.write_bytes(content[: int(len(content) * share)])
    assert (
        "can't be read as a backup" in (message := await _refused(there, "restore", half))
        or "changed nothing" in message
    )
    assert [name for name in await describe(beside, RESTORE_OWNER) if name.startswith("rows of")] == []


@pytest.mark.parametrize("content", [b"", b"hello", b"PGDMP\x01\x10\x00garbage"])
async def test_another_file_is_refused(there: dict[str, str], tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert "can't be read as a backup" in await _refused(there, "restore", file)
    assert "does not exist" in await _refused(there, "restore", tmp_path / "none")


async def test_a_backup_of_a_newer_version_is_refused(
    here: dict[str, str], there: dict[str, str], beside: Superuser, database: Database, tmp_path: Path
) -> None:
    async with as_superuser(database).transaction() as session:
        revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        assert (await run(here, "backup", tmp_path / "newer")).exit_code == 0
    finally:
        async with as_superuser(database).transaction() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    assert "written by a newer OSIT, at revision 9999" in await _refused(there, "restore", tmp_path / "newer")


async def test_a_path_that_cannot_be_written_is_refused(here: dict[str, str], tmp_path: Path) -> None:
    assert "can't be written (No such file or directory)" in await _refused(here, "backup", tmp_path / "no" / "file")


def test_a_server_newer_than_every_program_is_refused() -> None:
    with pytest.raises(SetupError, match=r"needs pg_dump, pg_restore and psql 99 or later. Installed: version 1\d"):
        find_tools(99)


async def test_an_empty_database_is_not_backed_up(there: dict[str, str], tmp_path: Path) -> None:
    assert "nothing to back up" in await _refused(there, "backup", tmp_path / "nothing")
