"""`osit audit verify`: status 0, or one line for each difference and status 1."""

import asyncio

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from osit_graphql.cli.audit import app
from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.superuser import as_superuser

WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"


@pytest.fixture
async def audited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Provide two tickets with a comment; the command uses the same database."""
    for number in (await desk.company.ticket(), await desk.company.ticket()):
        await desk.does("developer", Action.COMMENT, number)
    url = desk.company.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("OSIT_DATABASE_URL", url.replace("+asyncpg", ""))
    return desk


async def test_the_command_reports_differences(audited: Desk) -> None:
    def run() -> tuple[int, list[str]]:
        done = CliRunner().invoke(app, ["verify"])
        return done.exit_code, done.stdout.splitlines()

    changes = len((await audited.company.rows())["directory_change"])
    places = f"in 2 tickets under 4 seals and {changes} sealed directory changes."
    assert await asyncio.to_thread(run) == (0, [f"No difference {places}"])
    async with as_superuser(audited.company.database).transaction() as session:
        for statement in (
            WITHOUT_TRIGGERS,
            "UPDATE activity SET comment = 'Autre.' WHERE ticket_id = 1 AND kind = 'COMMENT'",
            "UPDATE directory_change SET object_name = 'Autre' WHERE id = 2",
        ):
            await session.execute(text(statement))
    assert await asyncio.to_thread(run) == (
        1,
        [
            "ticket 1, history row 3: this activity's texts were changed",
            "directory change 2: the name or the values of this row were changed",
            f"2 differences {places}",
        ],
    )
