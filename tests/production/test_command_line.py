"""`osit`: one line for each row, or one JSON object with `--json`, however narrow the terminal is; `--version`."""

import asyncio
import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Action, Role
from tests.client import Api
from tests.company import PEOPLE, Company
from tests.desk import Desk
from tests.directory.test_command import environment_of
from tests.importer.exports import MAP, write_export
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S

NARROW = {"COLUMNS": "20"}
LONG_NAME = "Ada " * 40 + "Martin"
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"


async def osit(company: Company, *arguments: object) -> tuple[int, list[str], str]:
    """Run the command in a process of its own; return its exit status, the lines of its output, and its errors."""
    command = [sys.executable, "-m", "osit_graphql.cli", *map(str, arguments)]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment_of(company.database) | NARROW, capture_output=True,
        encoding="utf-8", timeout=HANG_TIMEOUT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines(), done.stderr


async def rows(company: Company, *arguments: object, status: int = 0) -> tuple[list[dict[str, Any]], str]:
    """Run the command with `--json`; return its objects and its errors."""
    exit_status, lines, errors = await osit(company, *arguments, "--json")
    assert exit_status == status, errors
    return [json.loads(line) for line in lines], errors


async def change(company: Company, *statements: str) -> None:
    """Execute statements as a superuser, without triggers."""
    async with as_superuser(company.database).transaction() as session:
        for statement in (WITHOUT_TRIGGERS, *statements):
            await session.execute(text(statement), {"name": LONG_NAME} if ":name" in statement else {})


async def test_people_have_one_line_each(company: Company) -> None:
    await change(company, "UPDATE person SET name = :name WHERE email = 'network@example.com'")
    status, lines, errors = await osit(company, "user", "list")
    assert (status, errors, len(lines)) == (0, "", len(PEOPLE) + 1)
    assert lines[0].split() == ["name", "e-mail", "roles", "service", "site", "state"]
    [line] = [line for line in lines if "network@" in line]
    assert line.split("  ") == [LONG_NAME, "network@example.com", *line.split("  ")[2:]]
    people, _ = await rows(company, "user", "list")
    assert len(people) == len(PEOPLE)
    assert [each for each in people if each["email"] == "network@example.com"] == [
        {
            "name": LONG_NAME,
            "email": "network@example.com",
            "roles": [Role.TECHNICIAN],
            "service": "Réseau",
            "site": "Paris",
            "active": True,
            "hasPassword": False,
            "links": 0,
        }
    ]


async def test_tokens_have_one_line_each(company: Company) -> None:
    assert await rows(company, "token", "list") == (
        [],
        "There is no token yet. Create one with osit token create EMAIL NAME --scope SCOPE.\n",
    )
    await osit(company, "token", "create", "manager@example.com", "Dashboard", "--scope", "READ_REPORTS")
    [token], _ = await rows(company, "token", "list")
    assert {key: token[key] for key in ("owner", "name", "scopes", "lastUsedAt")} == {
        "owner": "manager@example.com",
        "name": "Dashboard",
        "scopes": ["READ_REPORTS"],
        "lastUsedAt": None,
    }
    assert token["createdAt"] < token["expiresAt"]
    assert token["expiresAt"].endswith("Z")
    status, lines, _ = await osit(company, "token", "list")
    assert (status, len(lines)) == (0, 2)
    assert lines[1].split("  ")[0] == token["id"]


async def test_differences_have_one_line_each(company: Company, api: Api) -> None:
    number = await company.ticket()
    await Desk(company, api).does("developer", Action.LOG_INTERVENTION, number, minutes=30)
    changes = len((await company.rows())["directory_change"])
    places = f"in 1 tickets under 3 seals and {changes} sealed directory changes.\n"
    assert await rows(company, "audit", "verify") == ([], f"No difference {places}")
    assert await rows(company, "reports", "check") == ([], "No difference.\n")
    await change(
        company,
        "UPDATE activity SET comment = 'Autre.' WHERE ticket_id = 1 AND kind = 'INTERVENTION'",
        "UPDATE intervention SET minutes = 40",
        "UPDATE directory_change SET object_name = 'Autre' WHERE id = 2",
    )
    differences, errors = await rows(company, "audit", "verify", status=1)
    assert errors == f"{len(differences)} differences {places}"
    assert differences.pop() == {"directoryChange": 2, "difference": "CHANGE_TEXTS_ALTERED"}
    assert {each["difference"] for each in differences} >= {"TEXT_CHANGED", "INTERVENTION_CHANGED"}
    assert {each["ticket"] for each in differences} == {number}
    assert all(isinstance(each["historyRow"], int) for each in differences)
    figures, errors = await rows(company, "reports", "check", status=1)
    assert errors == f"{len(figures)} differences. `osit reports rebuild` corrects them.\n"
    assert all(each.keys() == {"place", "stored", "computed"} for each in figures)
    assert {(each["stored"]["minutes"], each["computed"]["minutes"]) for each in figures} >= {(30, 40)}


@pytest.mark.parametrize("json_option", [(), ("--json",)])
async def test_an_import_has_one_line_for_each_table_and_remark(
    company: Company, tmp_path: Any, json_option: tuple[str, ...]
) -> None:
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    path = write_export(tmp_path, {}, {"no": "I2", "at": "soon"}, {"no": "I3", "at": "2026-01-05 07:00"})
    command = ("import", "incidents", path, "--map", tmp_path / "map.toml", "--dry-run")
    status, lines, errors = await osit(company, *command, *json_option)
    assert status == 1
    if not json_option:
        assert [line.split() for line in lines[:2]] == [
            ["in", "the", "file", "already", "present", "to", "write"],
            ["tickets", "2", "0", "2"],
        ]
        assert [line.partition(":")[0] for line in errors.splitlines()] == ["warning", "error"]
        return
    warning, error, *tables = map(json.loads, lines)
    assert warning == {
        "kind": "warning",
        "line": 4,
        "column": "at",
        "sentence": "the time runs backwards; it is taken as the file gives it.",
    }
    assert (error["kind"], error["line"]) == ("error", 3)
    assert tables[0] == {"kind": "table", "table": "tickets", "inFile": 2, "existing": 0, "written": 2}
    assert [each["table"] for each in tables] == [
        *("tickets", "services", "sites", "applications", "causes", "people"),
    ]


async def test_the_version_is_printed(company: Company) -> None:
    assert await osit(company, "--version") == (0, [f"osit {version('osit-graphql')}"], "")
