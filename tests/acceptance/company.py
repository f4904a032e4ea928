"""A new company with one of everything, created with the commands and the API of any version."""

from pathlib import Path

import httpx

from tests.acceptance.servers import OsitServer, run_osit
from tests.acceptance.writers import ask
from tests.waiting import HANG_TIMEOUT_S

OPERATOR = ("ada@company.example", "correct horse battery staple")
SIGN_IN = "mutation ($i: SignInInput!) { signIn(input: $i) { token } }"
SITE = 'mutation { siteCreate(input: {name: "Lyon"}) { site { id } } }'
PLACES = """mutation {
    serviceCreate(input: {name: "Réseau"}) { service { id } }
    applicationCreate(input: {name: "Paie"}) { application { id } } }"""
CALLER = """mutation ($site: ID!) {
    userCreate(input: {name: "Léa Noël", email: "lea@company.example", roles: [REQUESTER], siteId: $site}) {
        user { id } } }"""


def create_operator(program: Path, folder: Path, settings: dict[str, str], user: str | None = None) -> None:
    """Create the first person, on a migrated database or on a new embedded one."""
    roles = ("--role", "ADMIN", "--role", "OPERATOR")
    command = ("user", "create", "Ada Martin", OPERATOR[0], *roles, "--password-stdin")
    run_osit(program, *command, user=user, settings=settings, cwd=folder, stdin=OPERATOR[1])


async def sign_in_and_fill(server: OsitServer) -> str:
    """Sign in as the first person and create one site, service, application and caller; return the token."""
    async with httpx.AsyncClient(trust_env=False, timeout=HANG_TIMEOUT_S) as http:
        credentials = dict(zip(("email", "password"), OPERATOR, strict=True))
        token = (await ask(http, server.url, None, SIGN_IN, {"i": credentials}))["data"]["signIn"]["token"]
        site = (await ask(http, server.url, token, SITE))["data"]["siteCreate"]["site"]["id"]
        await ask(http, server.url, token, PLACES)
        answer = await ask(http, server.url, token, CALLER, {"site": site})
        assert answer["data"]["userCreate"]["user"], answer
    return str(token)
