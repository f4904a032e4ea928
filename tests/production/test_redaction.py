"""Issue 17, line 0: no log line and no exception contains a parameter, a row's value or a variable, whatever fails.

Each statement of many requests, jobs and commands fails once, in one way or another. Its error quotes all arguments.
"""

import asyncio
import io
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from osit_graphql import cli
from osit_graphql.backup.pg_tools import find_reason
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.domain.enums import Action
from osit_graphql.domain.viewer import System
from osit_graphql.server import bootstrap, logging_config, serve
from osit_graphql.server.redaction import redact
from osit_graphql.server.shutdown import Shutdown
from osit_graphql.services import background_jobs
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.settings import Settings
from tests.auth import people
from tests.client import Api
from tests.company import Company
from tests.directory.test_command import environment_of
from tests.documents import action_request
from tests.importer.exports import EXAMPLE, FIXTURE
from tests.production.failing_database import CANARY, HASH, FailingDatabase, Fault
from tests.superuser import as_superuser

WORDS = f"{CANARY} imprimante"
UPDATE = """mutation ($id: ID!, $input: UserUpdateInput!) {
  userUpdate(id: $id, input: $input) { user { id } userErrors { code field } } }"""
CREATE_USER = (
    """mutation ($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { code } } }"""
)
CHANGE = """mutation ($current: String!, $new: String!) {
  viewerPasswordChange(input: {currentPassword: $current, newPassword: $new}) { userErrors { code field } } }"""
SEARCH = """query ($search: String!) { tickets(filter: {search: $search}) { totalCount nodes {
  title requester { name phone } activities(first: 5) { totalCount nodes { comment } } } } }"""
PEOPLE = "query ($search: String!) { users(search: $search) { nodes { name phone } } }"
SIMILAR = "query ($to: SimilarTo!) { similarTickets(to: $to) { ticket { title } } }"
Step = tuple[str | None, str, dict[str, Any]]


@pytest.fixture(params=["console", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Give the text of the log."""
    with captured_log(Settings(_env_file=None, log_format=request.param, log_level="debug")) as stream:
        yield stream


@contextmanager
def captured_log(settings: Settings) -> Iterator[io.StringIO]:
    """Write the log to a stream during the block."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        logging_config.configure(settings)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:], logging_config.EVENT_LOGGER.handlers = handlers, []
        root.setLevel(level)
        logging_config.EVENT_LOGGER.propagate = True


@pytest.fixture
async def failing(company: Company) -> AsyncIterator[FailingDatabase]:
    """Give the database of the company, whose statements can fail."""
    database = FailingDatabase(company.database.url.render_as_string(hide_password=False))
    yield database
    await database.close()


def check(printed: str) -> None:
    """Check that nothing of the arguments is there, escaped or not."""
    assert CANARY not in printed, printed
    assert HASH not in printed, printed
    assert people.PASSWORD not in printed, printed


def steps(company: Company) -> Iterator[Step]:
    """Yield requests with a canary in each value, in an order in which they succeed."""
    tokens, ticket = company.tokens, company.id(1)

    def act(who: str, action: Action, key: str | None = ticket, **changes: Any) -> Step:
        texts = {"title": WORDS, "description": WORDS} if action is Action.CREATE else {"comment": WORDS}
        return tokens[who], *action_request(company, action, key, **texts, **changes)

    yield act("operator", Action.CREATE, None)
    yield act("operator", Action.QUALIFY, title=f"{WORDS} noire")
    yield act("developer", Action.COMMENT, idempotencyKey=f"{CANARY}-1")
    yield act("developer", Action.LOG_INTERVENTION)
    yield act("developer", Action.CLOSE)
    yield tokens["operator"], SEARCH, {"search": WORDS}
    yield tokens["operator"], PEOPLE, {"search": WORDS}
    yield tokens["operator"], SIMILAR, {"to": {"draft": {"title": WORDS, "description": WORDS}}}
    person = {"name": WORDS, "email": f"{CANARY}@example.com", "phone": WORDS, "roles": ["REQUESTER"]}
    yield tokens["admin"], CREATE_USER, {"input": person | {"siteId": company.ids["Paris"], "password": WORDS}}
    yield tokens["admin"], UPDATE, {"id": company.ids["manager"], "input": {"phone": WORDS, "password": WORDS}}
    yield None, people.SIGN_IN, {"email": "manager@example.com", "password": WORDS}
    yield tokens["admin"], people.CREATE, {"input": {"name": WORDS, "scopes": ["READ_TICKETS"]}}


async def test_line_0_no_failing_statement_writes_values_into_the_log(
    company: Company, settings: Settings, failing: FailingDatabase, log: io.StringIO
) -> None:
    await people.give_passwords(company, "manager")
    failures = 0
    async with Api(settings, failing) as api:
        for token, document, variables in steps(company):
            number, happened = 1, True
            while happened:
                failing.fault.arm(number)
                response = await api.ask(token, document, variables)
                happened, number = failing.fault.happened, number + 1
                failures += happened
            assert response.errors == [], response.errors
        await people.give_passwords(company, "admin")
        variables = {"current": people.PASSWORD, "new": WORDS}
        for number in range(1, 12):
            failing.fault.arm(number)
            await api.ask(company.tokens["admin"], CHANGE, variables)
    rows = await company.rows()
    assert (len(rows["activity"]), len(rows["intervention"]), len(rows["api_token"])) >= (5, 1, 1), "all was done"
    assert failures > 60
    printed = log.getvalue()
    check(printed)
    for name in ("InternalServerError", "CheckViolationError", "SQLSTATE 53100", "DataError", "ValueError"):
        assert name in printed, "the failures are in the log"


async def test_line_0_postgresqls_own_errors_lose_their_values(company: Company, database: Database) -> None:
    """Real errors: a constraint with the failing row, a value that can't be read, a search that can't be parsed."""
    key = company.keys["manager"]
    statements = {
        "a duplicate": (f"UPDATE person SET email = 'admin@example.com', phone = '{CANARY}' WHERE id = {key}", {}),
        "a failing row": (f"UPDATE person SET name = ' ', phone = '{CANARY}' WHERE id = {key}", {}),
        "no parent": (f"UPDATE person SET site_id = 99999999, phone = '{CANARY}' WHERE id = {key}", {}),
        "no number": ("SELECT CAST(:value AS text)::bigint", {"value": CANARY}),
        "no date": ("SELECT CAST(:value AS text)::date", {"value": CANARY}),
        "no query": ("SELECT to_tsquery('simple', CAST(:value AS text))", {"value": f"{CANARY} ) ("}),
        "no value": ("SELECT CAST(:value AS bigint)", {"value": CANARY}),
        "a trigger": (f"DO $$ BEGIN RAISE EXCEPTION 'osit: {CANARY}' USING DETAIL = '{CANARY}'; END $$", {}),
    }
    for name, (statement, values) in statements.items():
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own class
            async with as_superuser(database).transaction() as session:
                await session.execute(text(statement), values)
        error: BaseException | None = caught.value
        check("".join(traceback.format_exception(caught.value)).replace(statement, ""))
        while error is not None:
            assert CANARY not in f"{error} {error.args} {vars(error)}", name
            error = error.__cause__ or error.__context__


async def test_a_refused_commit_loses_its_values(company: Company) -> None:
    """Neighbour: a deferred trigger fails at COMMIT, outside every statement of the services."""
    database = as_superuser(company.database)

    async def write_twice() -> None:
        async with database.transaction() as session:
            await session.execute(text("CREATE TEMPORARY TABLE late (words text UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
            await session.execute(text(f"INSERT INTO late VALUES ('{CANARY}'), ('{CANARY}')"))

    with pytest.raises(asyncpg.UniqueViolationError) as caught:
        await write_twice()
    assert "late_words_key" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


async def test_line_0_background_jobs_log_no_values(failing: FailingDatabase, log: io.StringIO) -> None:
    jobs: tuple[Callable[[Database], Awaitable[object]], ...] = (
        rollup_jobs.merge,
        background_jobs.flush_search_index,
        background_jobs.purge,
    )
    for job in jobs:
        for number in range(1, 22):
            failing.fault.arm((number + 6) // 7)
            runs = iter([job])

            async def run_once(database: Database, runs: Iterator[Any] = runs) -> None:
                for each in runs:
                    await each(database)
                    return
                raise asyncio.CancelledError

            with suppress(asyncio.CancelledError):
                await background_jobs.repeat(run_once, failing, name="job", pause=0, undone="undone")
    check(log.getvalue())
    assert log.getvalue().count("undone") > 5


def break_down() -> None:
    """Raise an exception with a cause, both with values in their texts."""
    try:
        int(WORDS)
    except ValueError as error:
        raise RuntimeError(WORDS) from error


async def test_libraries_log_no_values(log: io.StringIO) -> None:
    """Neighbour: asyncio and Starlette put an exception's text into their messages."""
    with pytest.raises(RuntimeError) as caught:
        break_down()
    error = caught.value
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: %r", error)
    logging.getLogger("uvicorn.error").error("".join(traceback.format_exception(error)))
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    context = {"message": WORDS, "exception": error}
    serve.report_loop_exception(Shutdown(0, None), asyncio.get_running_loop(), context)
    structlog.get_logger().error("fault", exc_info=error)
    group = ExceptionGroup(WORDS, [ValueError(WORDS), KeyError(WORDS)])
    group.__cause__ = group.exceptions[0]
    structlog.get_logger().error("fault", exc_info=group)
    printed = log.getvalue()
    check(printed)
    assert printed.count("RuntimeError") >= 3
    assert "ValueError" in printed


def test_a_stand_in_has_the_class_and_the_traceback() -> None:
    try:
        int("one")
    except ValueError as error:
        stand_in = redact(error)
    printed = "".join(traceback.format_exception(stand_in))
    assert printed.endswith("\nValueError\n")
    assert 'int("one")' in printed
    assert str(redact(OSError(28, WORDS))) == "No space left on device"


COMMANDS: dict[str, tuple[str, ...]] = {
    "user create": ("user", "create", WORDS, f"{CANARY}@example.com", "--role", "ADMIN", "--password-stdin"),
    "user password": ("user", "password", "manager@example.com", "--password-stdin"),
    "user list": ("user", "list"),
    "token create": ("token", "create", "manager@example.com", WORDS, "--scope", "READ_TICKETS"),
    "audit verify": ("audit", "verify"),
    "reports rebuild": ("reports", "rebuild"),
}


def run_command(
    arguments: tuple[str, ...], database: Database, patch: pytest.MonkeyPatch, fault: Fault
) -> tuple[str, int | str | None]:
    """Run `osit` in this thread; return its standard error and its exit status."""
    patch.setattr(bootstrap, "Database", lambda url, **options: FailingDatabase(url, fault, **options))
    patch.setattr(sys, "argv", ["osit", *arguments])
    patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{WORDS}\n".encode())))
    patch.setattr(sys, "stderr", stream := io.StringIO())
    patch.setattr(sys, "stdout", io.StringIO())
    for name, value in environment_of(database).items():
        patch.setenv(name, value)
    try:
        cli.main()
    except SystemExit as left:
        return stream.getvalue() + (left.code if isinstance(left.code, str) else ""), left.code
    return stream.getvalue(), 0


@pytest.mark.parametrize("name", COMMANDS)
async def test_line_0_commands_print_no_values(company: Company, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of the start of a command, which is also that of the server, and of the command itself."""
    number, fault, happened = 1, Fault(), True
    while happened:
        fault.arm(number)
        with monkeypatch.context() as patch:
            printed, status = await asyncio.to_thread(run_command, COMMANDS[name], company.database, patch, fault)
        happened, number = fault.happened, number + 1
        if happened:
            assert status not in (0, None), printed
            check(printed)
    assert number > 4


async def test_an_import_prints_no_values(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("import", "incidents", str(FIXTURE), "--map", str(EXAMPLE))
    tracebacks, fault = 0, Fault()
    for number in range(1, 40, 3):
        fault.arm(number, "a violated constraint", "an exception of Python")
        with monkeypatch.context() as patch:
            printed, _ = await asyncio.to_thread(run_command, arguments, company.database, patch, fault)
        if not fault.happened:
            break
        check(printed)
        tracebacks += "Traceback" in printed
    assert tracebacks > 3


async def test_a_server_that_cannot_start_prints_no_values(company: Company) -> None:
    """The server's start, in its own process: PostgreSQL quotes a value when it sets the time zone."""
    admin = as_superuser(company.database)
    async with admin.reading() as session:
        source = await session.scalar(text("SELECT pg_get_functiondef('osit_tell_zone(text, boolean)'::regprocedure)"))
    broken = f"""CREATE OR REPLACE FUNCTION osit_tell_zone(zone text, anyhow boolean) RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
        AS $$ BEGIN RAISE EXCEPTION '{CANARY}' USING DETAIL = '{CANARY}'; END $$"""
    try:
        async with admin.transaction(System.HEALTH) as session:
            await session.execute(text(broken))
        environment = os.environ | environment_of(company.database) | {"OSIT_PORT": "0"}
        command = [sys.executable, "-m", "osit_graphql.cli", "serve"]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, encoding="utf-8", check=False
        )
    finally:
        async with admin.transaction(System.HEALTH) as session:
            await session.execute(text(str(source)))
    assert done.returncode == 1
    assert "SQLSTATE P0001" in done.stderr
    check(done.stdout + done.stderr)


async def test_migrations_and_roles_print_no_values(owner_url: str) -> None:
    """Neighbour: SQLAlchemy's errors have parameters and the SQL text, which contains a role's password."""
    statements = {
        "SELECT CAST(:words AS text)::bigint": {"words": CANARY},
        f"ALTER ROLE nobody_here PASSWORD '{CANARY}'": {},
    }
    for statement, values in statements.items():

        async def run(statement: str = statement, values: dict[str, str] = values) -> None:
            async with schema_connection(owner_url) as connection:
                await connection.execute(text(statement), values)

        with pytest.raises(DBAPIError) as caught:
            await run()
        check("".join(traceback.format_exception(caught.value)))
        assert "SQLSTATE" in str(caught.value)


def test_a_failed_restore_prints_no_values() -> None:
    """Neighbour: psql prints the rows that PostgreSQL refuses."""
    printed = [
        f"psql:<stdin>:812: ERROR:  22P02: invalid input syntax for type bigint: « {CANARY} »\n",
        f"CONTEXT:  COPY ticket, line 1, column id: « {CANARY} »\n",
    ]
    assert find_reason(printed) == "ERROR: 22P02"
    known = 'psql:<stdin>:3: ERROR:  42P07: relation "ticket" already exists'
    assert find_reason([known]) == 'ERROR: 42P07 relation "ticket" already exists'
