"""`osit import incidents`: its output, its exit status, and its result after a kill -9."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from osit_graphql.cli.importer import app
from osit_graphql.db.engine import Database
from tests.importer.dumps import dump, sizes
from tests.importer.exports import EXAMPLE, FIXTURE, MAP, ROOT, write_export
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S

COPIES = 10


def osit(database: Database, *arguments: str | Path, columns: int = 200) -> subprocess.Popen[str]:
    """Start the command in its own process, on this database."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = os.environ | {"OSIT_DATABASE_URL": url, "COLUMNS": str(columns), "PYTHONPATH": str(ROOT)}

    return subprocess.Popen(
        [sys.executable, "-m", "osit_graphql.cli", "import", "incidents", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return the exit status and both outputs."""
    stdout, stderr = process.communicate(timeout=HANG_TIMEOUT_S)
    return process.returncode, stdout, stderr


async def test_the_command_reports_a_dry_run_then_writes_once(database: Database) -> None:
    status, stdout, stderr = finish(osit(database, FIXTURE, "--map", EXAMPLE, "--dry-run"))
    assert (status, stderr.strip()) == (0, "")
    assert re.search(r"tickets +32 +0 +32\n", stdout)
    assert "200 rows, 32 incidents; 32 tickets, 32 of them closed." in stdout
    assert "Re-routed: 16 tickets, 23 times (the file counts 23)." in stdout
    assert "A dry run: nothing was written." in stdout
    assert (await sizes(database))["ticket"] == 0
    status, stdout, _ = finish(osit(database, FIXTURE, "--map", EXAMPLE))
    assert status == 0
    assert re.search(r"people +72 +0 +72\n", stdout)
    status, stdout, _ = finish(osit(database, FIXTURE, "--map", EXAMPLE))
    assert status == 0
    assert re.search(r"tickets +32 +32 +0\n", stdout)
    assert re.search(r"services +19 +19 +0\n", stdout)


async def test_errors_are_printed_and_the_rest_is_imported(database: Database, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    path = write_export(tmp_path, {}, {"no": "I2", "at": "soon"}, {"no": "I3", "at": "2026-01-05 07:00"})
    status, stdout, stderr = finish(osit(database, path, "--map", tmp_path / "map.toml"))
    assert status == 1
    assert stderr.rstrip().splitlines() == [
        "warning: line 4, at: the time runs backwards; it is taken as the file gives it.",
        "error: line 3, at: « soon » is not a time written as %Y-%m-%d %H:%M.",
    ]
    assert "Warnings: 1. Errors: 1; incidents with errors are not imported" in stdout
    assert [row["external_ref"] for row in (await dump(database, "vieux-tickets"))["tickets"]] == [
        "…:I1",
        "…:I3",
    ]


async def test_line_23_the_order_of_a_file_is_mentioned_once(database: Database) -> None:
    file, layout = Path(__file__).with_name("products") / "glpi.csv", ROOT / "examples" / "glpi.toml"
    status, stdout, stderr = finish(osit(database, file, "--map", layout))
    assert (status, stderr.rstrip().splitlines()) == (
        0,
        ["warning: line 2, Date d'ouverture: the file lists the newest rows first; they are imported oldest first."],
    )
    assert "30 rows, 30 incidents; 30 tickets, 17 of them closed." in stdout
    assert await count_tickets(database, "GLPI") == 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv", "--map", str(EXAMPLE)], "The file none.csv can't be read: No such file or directory."),
        ([str(FIXTURE), "--map", "none.toml"], "The map none.toml can't be read: No such file or directory."),
        ([str(EXAMPLE), "--map", str(EXAMPLE)], "The map doesn't fit"),
        ([str(FIXTURE)], "--map"),
    ],
)
def test_an_import_that_cannot_start_prints_one_sentence_and_exits_with_2(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["incidents", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a file with many copies of the fixture, each with its own incident numbers."""
    header, *rows = FIXTURE.read_text(encoding="utf-8").splitlines()
    copies = (row.replace("INC", f"C{copy}-", 1) for copy in range(COPIES) for row in rows)
    path = tmp_path / "large.csv"
    path.write_text("\n".join([header, *copies]) + "\n", encoding="utf-8")
    return path


def with_source(folder: Path, source: str) -> Path:
    """Return the example map with another source."""
    path = folder / f"{source}.toml"
    path.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace('source = "ServiceNow"', f'source = "{source}"'), "utf-8"
    )
    return path


async def count_tickets(database: Database, source: str) -> int:
    """Return the number of tickets of a source."""
    async with as_superuser(database).reading() as session:
        statement = text("SELECT count(*) FROM ticket WHERE external_ref LIKE :source || ':%'")
        return await session.scalar(statement, {"source": source.lower()}) or 0


async def test_an_import_killed_and_run_again_has_the_same_result(
    database: Database, large: Path, tmp_path: Path
) -> None:
    complete, interrupted = with_source(tmp_path, "Entier"), with_source(tmp_path, "Coupe")
    assert finish(osit(database, large, "--map", complete))[0] == 0
    process = osit(database, large, "--map", interrupted)
    async with asyncio.timeout(HANG_TIMEOUT_S):
        while not await count_tickets(database, "Coupe"):
            pass
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert 0 < await count_tickets(database, "Coupe") < 32 * COPIES
    assert finish(osit(database, large, "--map", interrupted))[0] == 0
    assert await dump(database, "Coupe") == await dump(database, "Entier")
