"""`osit user`: the first administrator, a new password, the list of people; each error is one sentence."""

import asyncio
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from osit_graphql.cli.users import app
from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth.sessions import get_viewer, sign_in
from tests.company import Company
from tests.waiting import HANG_TIMEOUT_S

ROOT = Path(__file__).parents[2]
PASSWORD = "long enough"
ADA = ("create", "Ada", "Ada@example.com")
FIRST = (*ADA, "--role", "ADMIN", "--password-stdin")


def environment_of(database: Database) -> dict[str, str]:
    """Return the environment with which the command uses this database."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {"OSIT_DATABASE_URL": url, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}


def start(database: Database, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
    """Start the command in its own process."""
    return subprocess.Popen(
        [sys.executable, "-m", "osit_graphql.cli", "user", *arguments],
        env=os.environ | environment_of(database), encoding="utf-8", **streams,
    )  # fmt: skip


async def run(database: Database, *arguments: str, stdin: str | bytes = f"{PASSWORD}\n") -> tuple[int, str, str]:
    """Run the command in a thread of this process; return its exit status and both outputs."""
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments, input=stdin, env=environment_of(database))
    if isinstance(result.exception, SetupError):
        return 1, result.stdout, f"osit: {result.exception}\n"  # as `osit` itself says it
    return result.exit_code, result.stdout, without_log(result.stderr)


def without_log(stderr: str) -> str:
    """Return the output of a command without the security events of its log."""
    return "".join(line for line in stderr.splitlines(keepends=True) if "source=command_line" not in line)


async def test_the_log_of_the_command_has_its_security_events(database: Database) -> None:
    options: Any = {"input": f"{PASSWORD}\n", "env": environment_of(database) | {"OSIT_LOG_FORMAT": "json"}}
    result = await asyncio.to_thread(CliRunner().invoke, app, FIRST, **options)
    line = json.loads(result.stderr.splitlines()[0])
    assert line.pop("timestamp") > "2026"
    facts = {"event": "person_created", "level": "info", "person": 1, "roles": ["ADMIN"], "source": "command_line"}
    assert line == facts


async def test_the_command_creates_the_first_administrator(database: Database) -> None:
    assert await run(database, "list") == (
        0,
        "",
        "There are no people yet. Create the first with osit user create NAME EMAIL --role ADMIN.\n",
    )
    assert await run(database, *FIRST) == (0, "", "Ada can sign in as ada@example.com.\n")
    opened = await sign_in(database, "ada@example.com", PASSWORD, hours=1)
    assert opened.viewer.roles == {Role.ADMIN}


async def test_an_error_is_one_sentence_without_traceback(company: Company) -> None:
    process = start(company.database, "password", "x@y.fr", "--password-stdin", stdin=-1, stdout=-1, stderr=-1)
    outputs = process.communicate(f"{PASSWORD}\n", timeout=HANG_TIMEOUT_S)
    assert (process.returncode, *outputs) == (1, "", "osit: No person has the e-mail address « x@y.fr ».\n")


async def test_the_command_creates_a_technician_with_all_options(company: Company) -> None:
    options = ("--role", "TECHNICIAN", "--role", "REQUESTER", "--service", "reseau", "--site", "PARIS", "--phone", "1")
    status, _, stderr = await run(company.database, *ADA, *options, "--password-stdin")
    assert (status, stderr) == (0, "Ada can sign in as ada@example.com.\n")
    opened = await sign_in(company.database, "ada@example.com", PASSWORD, hours=1)
    assert opened.viewer.service_id == company.keys["Réseau"]
    status, listed, stderr = await run(company.database, "list")
    assert (status, stderr) == (0, "")
    [line] = [line for line in listed.splitlines() if "ada@" in line]
    assert re.split("  +", line) == [
        "Ada", "ada@example.com", "REQUESTER, TECHNICIAN", "Réseau", "Paris", "active",
    ]  # fmt: skip
    assert "active, no password" in listed


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (FIRST, "short\n", "osit: the password: A password has 8 to 200 characters.\n"),
        (FIRST, b"\xff" * 8, "osit: The password on standard input is not UTF-8.\n"),
        (FIRST, "", "osit: the password: A password has 8 to 200 characters.\n"),
        (
            ("create", " ", "nobody", "--role", "ADMIN", "--password-stdin"),
            f"{PASSWORD}\n",
            "osit: NAME: This can't be empty.\nosit: EMAIL: This is not an e-mail address.\n",
        ),
        (
            ("create", "Ada", "admin@example.com", "--role", "TECHNICIAN", "--password-stdin"),
            f"{PASSWORD}\n",
            "osit: EMAIL: This already exists.\nosit: --service: This can't be empty.\n",
        ),
        ((*FIRST, "--service", "Réseau"), f"{PASSWORD}\n", "osit: --service: Only a technician has a service.\n"),
        ((*FIRST, "--service", "Ailleurs"), f"{PASSWORD}\n", "osit: No service is called « Ailleurs ».\n"),
        ((*FIRST, "--site", "Ailleurs"), f"{PASSWORD}\n", "osit: No site is called « Ailleurs ».\n"),
        ((*FIRST, "--site", "Closed site"), f"{PASSWORD}\n", "osit: --site: This is no longer active.\n"),
        (
            ("password", "x@y.fr", "--password-stdin"),
            f"{PASSWORD}\n",
            "osit: No person has the e-mail address « x@y.fr ».\n",
        ),
        (
            ("password", "admin@example.com", "--password-stdin"),
            "short\n",
            "osit: the password: A password has 8 to 200 characters.\n",
        ),
    ],
)
async def test_an_error_is_printed_and_changes_nothing(
    company: Company, arguments: tuple[str, ...], stdin: str | bytes, message: str
) -> None:
    before = await company.snapshot()
    assert await run(company.database, *arguments, stdin=stdin) == (1, "", message)
    assert await company.snapshot() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (ADA, "--role"),
        ((*ADA, "--role", "KING"), "KING"),
        (("create", "Ada"), "EMAIL"),
        ((*FIRST, "--site", "a\nb"), "characters that can't be stored"),
    ],
)
async def test_a_wrong_command_line_exits_with_2(company: Company, arguments: tuple[str, ...], message: str) -> None:
    status, out, stderr = await run(company.database, *arguments)
    assert (status, out) == (2, "")
    assert message in stderr
    assert "Traceback" not in stderr


async def test_a_new_password_ends_the_sessions(company: Company) -> None:
    database = company.database
    assert (await run(database, "password", "Admin@example.com", "--password-stdin"))[0] == 0
    async with database.reading(System.SIGN_IN) as session:
        assert await get_viewer(session, company.tokens["admin"]) is None
        assert await get_viewer(session, company.tokens["manager"]) is not None
    await sign_in(database, "admin@example.com", PASSWORD, hours=1)


@pytest.mark.parametrize("again", [PASSWORD, "another one"])
async def test_a_password_is_prompted_twice_and_not_echoed(database: Database, again: str) -> None:
    ours, theirs = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    process = start(database, *ADA, "--role", "ADMIN", start_new_session=True, **streams)
    os.close(theirs)
    output = _answer_prompts(ours, PASSWORD, again)
    assert PASSWORD not in output
    if again == PASSWORD:
        assert process.wait(HANG_TIMEOUT_S) == 0
        await sign_in(database, "ada@example.com", PASSWORD, hours=1)
    else:
        assert "do not match" in output
        process.kill()
        process.wait(HANG_TIMEOUT_S)
    os.close(ours)


def _answer_prompts(terminal: int, *lines: str) -> str:
    """Write a line at each prompt; return the output until the command ends or prompts again."""
    output, left = "", list(lines)
    while True:
        if not select.select([terminal], [], [], 60)[0]:
            pytest.fail(f"neither prompted nor ended: {output!r}")
        try:
            output += os.read(terminal, 1000).decode()
        except OSError:  # the command has ended
            return output
        if output.endswith(": "):  # the command prints the blank after it disables the echo
            if not left:
                return output
            os.write(terminal, f"{left.pop(0)}\n".encode())
            output += "\n"
