"""What `OSIT_ENVIRONMENT=production` demands before it serves: everything that is missing is said at once."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from osit_graphql import demo
from osit_graphql.db.engine import Database
from osit_graphql.db.schema import roles, version
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.services import footing
from osit_graphql.settings import Settings

ENCRYPTED = {"require", "verify-ca", "verify-full"}
SHORTEST_PASSWORD = 12
CLEAR = "http://"

NO_DATABASE = "OSIT_DATABASE_URL names no database: the embedded one is for trying OSIT and for development."
NO_PROXY = (
    "OSIT_TRUSTED_PROXIES names no proxy: OSIT itself speaks no TLS, so one that does stands in front of it"
    " (127.0.0.1 when it runs on this machine)."
)
NO_ANSWER = "PostgreSQL does not answer where OSIT_DATABASE_URL says."


async def demand(settings: Settings) -> None:
    """Raise `SetupError` with a sentence for each thing that production must have and hasn't."""
    if settings.development:
        return
    gaps = [*judge_settings(settings), *(await _judge_database(settings))]
    if gaps:
        listed = "\n".join(f"- {gap}" for gap in gaps)
        raise SetupError(f"OSIT_ENVIRONMENT=production, and this is not ready for it:\n{listed}")


def judge_settings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each setting that production can't be run with."""
    if settings.database_url is None:
        yield NO_DATABASE
    for name in ("database_url", "owner_url", "replica_url"):
        if url := getattr(settings, name):
            yield from _judge_url(f"OSIT_{name.upper()}", urlsplit(url))
    if not settings.trusted_proxies:
        yield NO_PROXY
    if every := [str(network) for network in settings.trusted_proxies if network.prefixlen == 0]:
        yield f"OSIT_TRUSTED_PROXIES believes everybody ({', '.join(every)}): name the proxies alone."
    if clear := [origin for origin in settings.cors_origins if origin.startswith(CLEAR) and not _is_here(origin)]:
        yield f"OSIT_CORS_ORIGINS lists {', '.join(clear)}: a page that travels in clear can be changed on its way."


def _judge_url(name: str, url: SplitResult) -> Iterator[str]:
    query = parse_qs(url.query)
    hosts = [*([url.hostname] if url.hostname else ()), *query.get("host", ())] or [os.environ.get("PGHOST", "/")]
    mode = query.get("ssl", [os.environ.get("PGSSLMODE", "prefer")])[-1]
    if not all(_is_near(host) for host in hosts) and mode not in ENCRYPTED:
        yield (
            f"{name} leads to another machine without demanding TLS: add ?sslmode=verify-full"
            " (PGSSLROOTCERT names the authority; sslmode=require encrypts without knowing to whom)."
        )
    password = unquote(url.password or "")
    if password and (len(password) < SHORTEST_PASSWORD or password.lower().startswith((url.username or " ").lower())):
        yield f"{name} has a password that can be guessed: at least {SHORTEST_PASSWORD} characters, at random."


def _is_here(origin: str) -> bool:
    return _is_near(urlsplit(origin).hostname or "")


def _is_near(host: str) -> bool:
    """Whether what is sent there stays on this machine: a socket file, or the loopback."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def _judge_database(settings: Settings) -> list[str]:
    if settings.database_url is None:
        return []
    database = Database(settings.database_url, pool=1)
    gaps: list[str] = []
    try:
        async with database.reading(System.HEALTH) as session:
            gaps += await footing.judge_server(session)
        if fault := await version.find_fault(database):
            return [*gaps, fault]
        async with database.reading(System.DIRECTORY) as session:
            known = await footing.find_open_accounts(session, [account.email for account in demo.ACCOUNTS])
        if known:
            gaps.append(f"Accounts of the demo company, whose password is public, can sign in: {', '.join(known)}.")
        await roles.check(database)
    except Unavailable:
        return [*gaps, NO_ANSWER]
    except SetupError as error:
        return [*gaps, *str(error).splitlines()]
    finally:
        await database.close()
    return gaps
