"""`osit token`: it creates, lists and revokes tokens."""

import asyncio
import re

from typer.testing import CliRunner

from osit_graphql.cli.tokens import app
from osit_graphql.domain.enums import Scope
from osit_graphql.domain.errors import SetupError
from osit_graphql.services.auth import api_tokens
from tests.client import Api
from tests.company import Company
from tests.directory.test_command import environment_of, without_log


async def run(company: Company, *arguments: str) -> tuple[int, str, str]:
    """Run the command in a thread of this process; return its exit status and both outputs."""
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment_of(company.database))
    if isinstance(done.exception, SetupError):
        return 1, done.stdout, f"osit: {done.exception}\n"  # as `osit` prints it
    return done.exit_code, done.stdout, without_log(done.stderr)


async def test_the_command_creates_lists_and_revokes_tokens(company: Company, api: Api) -> None:
    status, stdout, stderr = await run(company, "list")
    assert (status, stdout) == (0, "")
    assert stderr == "There is no token yet. Create one with osit token create EMAIL NAME --scope SCOPE.\n"
    create_command = (
        "create",
        "Manager@example.com",
        "Dashboard",
        "--scope",
        "READ_REPORTS",
        "--scope",
        "READ_TICKETS",
    )
    status, stdout, stderr = await run(company, *create_command, "--days", "30")
    assert (status, stderr) == (
        0,
        "The token acts for manager@example.com and expires in 30 days. This secret is not shown again.\n",
    )
    secret = stdout.strip()
    viewer = await api_tokens.get_viewer(company.database, secret)
    assert viewer is not None
    assert viewer.user_id == company.keys["manager"]
    assert viewer.scopes == frozenset({Scope.READ_REPORTS, Scope.READ_TICKETS})
    status, listed, _ = await run(company, "list")
    assert status == 0
    assert secret not in listed
    [line] = [line for line in listed.splitlines() if "Dashboard" in line]
    cells = re.split("  +", line)
    assert cells[1:4] == ["manager@example.com", "Dashboard", "READ_TICKETS, READ_REPORTS"]
    assert await run(company, "revoke", cells[0]) == (0, "", "The token is revoked.\n")
    assert (await api.ask(secret, "{ viewer { id } }")).status == 401
    assert await run(company, "revoke", cells[0]) == (1, "", f"osit: There is no token « {cells[0]} ».\n")


async def test_each_error_is_one_sentence(company: Company) -> None:
    created = ("create", "x@y.fr", "Dashboard", "--scope", "READ_REPORTS")
    assert await run(company, *created) == (1, "", "osit: No person has the e-mail address « x@y.fr ».\n")
    refused = await run(company, "create", "manager@example.com", " ", "--scope", "READ_REPORTS")
    assert refused == (1, "", "osit: NAME: This can't be empty.\n")
    revoked = await run(company, "revoke", "nonsense")
    assert revoked == (1, "", "osit: « nonsense » is not the ID of a token. `osit token list` prints the IDs.\n")
    for wrong in (("--days", "366"), ("--scope", "EVERYTHING")):
        assert (await run(company, *created, *wrong))[0] == 2
