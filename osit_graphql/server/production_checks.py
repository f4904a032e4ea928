"""Checks before serving: durable PostgreSQL settings always, and with OSIT_ENVIRONMENT=production all requirements.

All missing requirements are reported at once.
"""

import os
from collections.abc import Collection, Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import structlog
from sqlalchemy import select, text

from osit_graphql import demo
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Person
from osit_graphql.db.schema import roles, version
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.settings import Settings

TLS_MODES = {"require", "verify-ca", "verify-full"}
MIN_PASSWORD_CHARACTERS = 12
OLDEST_POSTGRESQL_MAJOR = 15
# The first minor release of each major without a known vulnerability in row-level security or pg_dump
# (CVE-2025-8713, -8714, -8715).
FIRST_SAFE_MINOR = {15: 14, 16: 10, 17: 6}
# PostgreSQL settings that must not be off, and the risk.
DURABILITY_SETTINGS = {
    "fsync": "a power failure can lose acknowledged changes",
    "full_page_writes": "a power failure can leave incomplete pages",
    "synchronous_commit": "a crash can lose acknowledged changes",
}

NO_DATABASE = "OSIT_DATABASE_URL is not set: the embedded database is for trying OSIT and for development."
NO_PROXY = (
    "OSIT_TRUSTED_PROXIES is not set: OSIT has no TLS of its own and needs a reverse proxy with TLS"
    " (127.0.0.1 if it runs on this machine)."
)

log = structlog.get_logger(__name__)


async def check_production(settings: Settings) -> None:
    """Raise `SetupError` with a sentence for each missing requirement; nothing is required in development."""
    if settings.development:
        return
    failures = [*check_settings(settings), *(await _check_database(settings))]
    if failures:
        listed = "\n".join(f"- {failure}" for failure in failures)
        raise SetupError(f"OSIT_ENVIRONMENT=production: these requirements are not met:\n{listed}")


async def check_durability(settings: Settings, database: Database) -> None:
    """Raise `SetupError` in production if a crash could lose acknowledged work; warn in development."""
    async with database.reading(System.HEALTH) as session:
        unsafe = sorted(await find_unsafe_settings(session))
    if not unsafe:
        return
    if not settings.development:
        names = ", ".join(unsafe)
        raise SetupError(
            f"PostgreSQL has {names} off: a crash can lose acknowledged changes. Turn it on in production."
        )
    log.warning("a crash can lose acknowledged changes", off=unsafe)


def check_settings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each setting that is unsuitable for production."""
    if settings.database_url is None:
        yield NO_DATABASE
    for name in ("database_url", "owner_url", "replica_url"):
        if url := getattr(settings, name):
            yield from _check_url(f"OSIT_{name.upper()}", urlsplit(url))
    if not settings.trusted_proxies:
        yield NO_PROXY
    if unbounded := [str(network) for network in settings.trusted_proxies if network.prefixlen == 0]:
        yield f"OSIT_TRUSTED_PROXIES trusts every address ({', '.join(unbounded)}): list only the proxies."
    if insecure := [origin for origin in settings.cors_origins if _is_insecure(origin)]:
        yield f"OSIT_CORS_ORIGINS lists {', '.join(insecure)}: a page loaded without TLS can be modified in transit."


def _check_url(name: str, url: SplitResult) -> Iterator[str]:
    query = parse_qs(url.query)
    listed = [url.hostname or "", *",".join(query.get("host", ())).split(",")]
    hosts = [host for host in listed if host] or [os.environ.get("PGHOST", "/")]
    tls_mode = query.get("sslmode", [os.environ.get("PGSSLMODE", "prefer")])[-1]
    if not all(_is_local(host) for host in hosts) and tls_mode not in TLS_MODES:
        yield (
            f"{name} connects to another machine without requiring TLS: add ?sslmode=verify-full&sslrootcert=FILE,"
            " the certificate authority's file (sslmode=require encrypts without verifying the server)."
        )
    password, user = unquote(url.password or ""), (url.username or " ").lower()
    if password and (len(password) < MIN_PASSWORD_CHARACTERS or password.lower().startswith(user)):
        yield f"{name} has a password that can be guessed: use at least {MIN_PASSWORD_CHARACTERS} random characters."


def _is_insecure(origin: str) -> bool:
    return origin.startswith("http://") and not _is_local(urlsplit(origin).hostname or "")


def _is_local(host: str) -> bool:
    """Whether connections to the host stay on this machine: a Unix socket or the loopback interface."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def _check_database(settings: Settings) -> list[str]:
    if settings.database_url is None:
        return []
    database = Database(settings.database_url, pool_size=1, prepared_statements=False)
    failures: list[str] = []
    try:
        async with database.reading(System.HEALTH) as session:
            failures += await check_server(session)
        if fault := await version.find_fault(database):
            return [*failures, fault]
        async with database.reading(System.DIRECTORY) as session:
            accounts = await find_active_accounts(session, [account.email for account in demo.ACCOUNTS])
        if accounts:
            failures.append(
                f"Accounts of the demo company, whose password is public, can sign in: {', '.join(accounts)}."
            )
        await roles.check_serving_role(database)
    except SetupError as error:
        return [*failures, *str(error).splitlines()]
    except Unavailable as error:
        return [*failures, f"PostgreSQL is not available at OSIT_DATABASE_URL: {error}."]
    finally:
        await database.close()
    return failures


async def check_server(session: Session) -> list[str]:
    """Return a sentence for each durability setting that is off, and for an unsuitable version."""
    unsafe = await find_unsafe_settings(session)
    failures = [
        f"PostgreSQL runs with {name} = off: {risk}. Turn it on."
        for name, risk in DURABILITY_SETTINGS.items()
        if name in unsafe
    ]
    version_number = await session.scalar(text("SELECT current_setting('server_version_num')::integer"))
    major, minor = divmod(version_number, 10_000)
    if major < OLDEST_POSTGRESQL_MAJOR:
        failures.append(f"PostgreSQL {major} is too old: OSIT needs {OLDEST_POSTGRESQL_MAJOR} or later.")
    elif minor < (safe := FIRST_SAFE_MINOR.get(major, 0)):
        failures.append(f"PostgreSQL {major}.{minor} has known vulnerabilities: {major}.{safe} or later fixes them.")
    return failures


async def find_unsafe_settings(session: Session) -> set[str]:
    """Return the durability settings that are off. `synchronous_commit = local` is safe: this server's disk counts."""
    statement = text("SELECT name FROM pg_settings WHERE name = ANY (:names) AND setting = 'off'")
    return set((await session.execute(statement, {"names": list(DURABILITY_SETTINGS)})).scalars())


async def find_active_accounts(session: Session, addresses: Collection[str]) -> list[str]:
    """Return the email addresses that belong to an account that can sign in."""
    statement = select(Person.email).where(Person.email.in_(addresses), Person.active, Person.signs_in)
    return sorted((await session.scalars(statement)).all())
