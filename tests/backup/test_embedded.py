"""Backups of the embedded server, stopped or run by another process, restored into a new data directory."""

from pathlib import Path

from typer.testing import CliRunner, Result

from osit_graphql.cli import app
from osit_graphql.embedded_postgres import EmbeddedServer, find_running
from tests.embedded_postgres.conftest import make_place

ADA = ("user", "create", "Ada Martin", "ada@company.example", "--role", "ADMIN", "--password-stdin")


def run(data: Path, *arguments: str, standard_input: str = "") -> Result:
    """Run the command in this thread: PostgreSQL ends with the thread that started it."""
    settings = {"OSIT_DATABASE_URL": "", "OSIT_OWNER_URL": "", "OSIT_DATA_DIR": str(data), "COLUMNS": "200"}
    return CliRunner().invoke(app, arguments, input=standard_input, env=settings)


def test_an_embedded_server_is_backed_up_running_or_stopped() -> None:
    with make_place() as place:
        first, second, file = place / "first", place / "second", place / "osit.backup"
        assert run(first, *ADA, standard_input="a long password\n").exit_code == 0
        assert find_running(first) is None
        with EmbeddedServer.start(first) as server:
            assert find_running(first) == server.url
            done = run(first, "backup", str(file))
        assert done.exit_code == 0, done.output
        assert run(first, "backup", str(place / "at rest")).exit_code == 0
        restored = run(second, "restore", str(file))
        assert restored.exit_code == 0, (restored.output, restored.exception)
        assert "ada@company.example" in run(second, "user", "list").stdout
        assert "tables already" in str(run(second, "restore", str(file)).exception)
