"""`osit user link` and `unlink`: they link an issuer's subject to a person."""

import asyncio

import pytest
from typer.testing import CliRunner

from osit_graphql.cli.users import app
from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import SetupError
from tests.client import Api
from tests.company import Company
from tests.directory.test_command import without_log
from tests.oidc.fake_issuer import AUDIENCE, SUBJECT, FakeIssuer
from tests.oidc.viewer_queries import read_refusal, read_viewer

LINKED = f"operator@example.com is linked to the subject {SUBJECT} of "


async def run(database: Database, *arguments: str, issuer: str | None = None) -> tuple[int, str]:
    """Run the command in a thread of this process; return its exit status and output."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {"OSIT_DATABASE_URL": url, "COLUMNS": "200"}
    environment |= {"OSIT_OIDC_ISSUER": issuer, "OSIT_OIDC_AUDIENCE": AUDIENCE} if issuer else {}
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
    if isinstance(done.exception, SetupError):
        return 1, f"osit: {done.exception}\n"
    return done.exit_code, done.stdout + without_log(done.stderr)


async def test_linking_accepts_tokens_and_unlinking_refuses_them(
    company: Company, database: Database, issuer: FakeIssuer, api: Api
) -> None:
    result = await run(database, "link", "Operator@example.com", "--subject", SUBJECT, issuer=issuer.url)
    assert result == (0, f"{LINKED}{issuer.url}.\n")
    assert await read_viewer(api, issuer.issue()) == ("operator@example.com", ["OPERATOR"])
    assert "active, no password, linked" in (await run(database, "list"))[1]
    result = await run(database, "unlink", "operator@example.com", issuer=issuer.url)
    assert result == (0, f"operator@example.com is no longer linked to {issuer.url}.\n")
    assert (await read_refusal(api, issuer.issue()))[0] == 401
    assert "linked" not in (await run(database, "list"))[1]


async def test_linking_twice_creates_one_link(company: Company, database: Database) -> None:
    link = ("link", "operator@example.com", "--subject", SUBJECT, "--issuer", "https://id.example")
    assert await run(database, *link) == await run(database, *link) == (0, f"{LINKED}https://id.example.\n")
    assert len((await company.rows())["identity"]) == 1


async def test_a_subject_has_at_most_one_person(company: Company, database: Database) -> None:
    arguments = ("--subject", SUBJECT, "--issuer", "https://id.example")
    await run(database, "link", "operator@example.com", *arguments)
    before = await company.snapshot()
    result = await run(database, "link", "admin@example.com", *arguments)
    assert result == (1, "osit: This subject is linked to Operator. Remove that link first, with osit user unlink.\n")
    assert await company.snapshot() == before


async def test_one_of_several_subjects_is_unlinked(company: Company, database: Database) -> None:
    issuer = ("--issuer", "https://id.example")
    for subject in ("a", "b"):
        await run(database, "link", "operator@example.com", "--subject", subject, *issuer)
    assert (await run(database, "unlink", "operator@example.com", "--subject", "a", *issuer))[0] == 0
    assert [row[:2] for row in (await company.rows())["identity"]] == [("https://id.example", "b")]
    result = await run(database, "unlink", "operator@example.com", "--subject", "a", *issuer)
    assert result == (1, "osit: operator@example.com has no matching link to https://id.example.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("link", "nobody@example.com", "--subject", "a"), "No person has the e-mail address « nobody@example.com »."),
        (("unlink", "nobody@example.com"), "No person has the e-mail address « nobody@example.com »."),
        (("link", "operator@example.com", "--subject", "é"), "A subject has 1 to 255 ASCII characters."),
        (("link", "operator@example.com", "--subject", "s" * 256), "A subject has 1 to 255 ASCII characters."),
        (("link", "operator@example.com", "--subject", ""), "A subject has 1 to 255 ASCII characters."),
    ],
)
async def test_an_invalid_argument_is_reported_in_one_sentence(
    company: Company, database: Database, arguments: tuple[str, ...], message: str
) -> None:
    assert await run(database, *arguments, issuer="https://id.example") == (1, f"osit: {message}\n")


@pytest.mark.parametrize("issuer", [(), ("--issuer", "i" * 501)])
async def test_a_missing_issuer_is_reported(company: Company, database: Database, issuer: tuple[str, ...]) -> None:
    result = await run(database, "link", "operator@example.com", "--subject", "a", *issuer)
    assert result == (
        1,
        "osit: No issuer is named. Set --issuer or OSIT_OIDC_ISSUER to its URL, exactly as in `iss`.\n",
    )
