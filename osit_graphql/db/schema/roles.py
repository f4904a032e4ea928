"""PostgreSQL's roles: whoever owns the tables migrates them, and whoever serves owns nothing.

`osit_api` has the policies and the grants; whoever the API connects as is a member of it, or that role itself. What is
missing is said in a sentence each, with the statement that a database's administrator runs.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from sqlalchemy import URL, Connection, text

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Base
from osit_graphql.db.rls import API_ROLE, NOT_FORCED, TABLES_WITHOUT_RLS
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System

OWNERS = """
SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (:tables)
    AND NOT pg_has_role(relowner, 'USAGE')
"""
PERMISSIONS = """
SELECT current_user::text AS name, rolsuper OR rolcreaterole AS creates, current_database()::text AS database,
    has_schema_privilege('public', 'CREATE') AS fills, current_setting('server_version_num')::integer AS version,
    rolsuper OR current_setting('server_version_num')::integer < 160000 AND rolcreaterole AS grants,
    pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE') AS has_schema
FROM pg_roles WHERE rolname = current_user
"""
ADMITTED = """
SELECT pg_has_role(:login, :api, 'USAGE') AS member, has_schema_privilege(:login, 'public', 'USAGE') AS enters,
    has_database_privilege(:login, current_database(), 'CONNECT') AS connects
"""
SERVING = """
SELECT session_user::text AS name, rolsuper, rolbypassrls,
    EXISTS (SELECT FROM pg_roles WHERE rolname = :api) AS made,
    (SELECT min(relname)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND pg_has_role(session_user, relowner, 'MEMBER')) AS owned
FROM pg_roles WHERE rolname = session_user
"""
UNWALLED = """
SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND relname <> ALL (:open)
    AND (relname = ANY (:tables) OR has_any_column_privilege(oid, 'SELECT') OR has_table_privilege(oid, 'INSERT'))
    AND NOT (relrowsecurity AND (relforcerowsecurity OR relname = ANY (:unforced))) ORDER BY 1
"""
WHAT_TO_DO = (
    "give OSIT_DATABASE_URL a role that owns nothing (`CREATE ROLE … LOGIN PASSWORD '…' IN ROLE osit_api`),"
    " and keep this one for `osit migrate` as OSIT_OWNER_URL."
)


def exists(connection: Connection, role: str) -> bool:
    """Whether there is such a role."""
    return bool(connection.scalar(text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)"), {"role": role}))


def prepare(connection: Connection) -> None:
    """Have the role that the chain gives rights to; refuse what the owner could not finish."""
    rights = connection.execute(text(PERMISSIONS)).one()
    lacking = []
    if not exists(connection, API_ROLE):
        if rights.creates:
            connection.execute(text(f"CREATE ROLE {API_ROLE} NOLOGIN"))
        else:
            lacking.append(
                f"There is no role {API_ROLE}, and {rights.name} may not create it:"
                f" have a superuser run `CREATE ROLE {API_ROLE} NOLOGIN`."
            )
    if not rights.fills:
        lacking.append(
            f"{rights.name} may not create tables in the database {rights.database}:"
            f" have its owner run `GRANT CREATE ON SCHEMA public TO {_quoted(connection, rights.name)}`."
        )
    lacking += [
        f"The tables in {rights.database} belong to {owner}, not to {rights.name}: migrate as {owner}."
        for owner in connection.scalars(text(OWNERS), {"tables": list(Base.metadata.tables)})
    ]
    if lacking:
        raise SetupError("\n".join(lacking))


def admit(connection: Connection, url: URL) -> None:
    """Let in whoever the API connects as; made here if need be, with the password that their address has."""
    login = url.username or ""
    rights = connection.execute(text(PERMISSIONS)).one()
    if login in {"", rights.name}:
        return
    name = _quoted(connection, login)
    if not exists(connection, login):
        if not rights.creates:
            raise SetupError(
                f"There is no role {login}, as which OSIT_DATABASE_URL connects, and {rights.name} may not create it:"
                f" have a superuser run `CREATE ROLE {name} LOGIN PASSWORD '…' IN ROLE {API_ROLE}`."
            )
        password = "" if url.password is None else f" PASSWORD '{_scram(str(url.password))}'"
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN{password}")
    found = connection.execute(text(ADMITTED), {"login": login, "api": API_ROLE}).one()
    lacking = []
    if not found.member and not _run(
        connection, f"GRANT {API_ROLE} TO {name}", rights.grants or _administers(connection)
    ):
        lacking.append(f"{login} is not a member of {API_ROLE}: have a superuser run `GRANT {API_ROLE} TO {name}`.")
    if not found.enters and not _run(connection, f"GRANT USAGE ON SCHEMA public TO {API_ROLE}", rights.has_schema):
        lacking.append(
            f"{login} may not use the schema public: have its owner run `GRANT USAGE ON SCHEMA public TO {API_ROLE}`."
        )
    if not found.connects:
        lacking.append(
            f"{login} may not connect to {rights.database}:"
            f" have its owner run `GRANT CONNECT ON DATABASE {_quoted(connection, rights.database)} TO {name}`."
        )
    if lacking:
        raise SetupError("\n".join(lacking))


def _run(connection: Connection, statement: str, allowed: bool) -> bool:
    if allowed:
        connection.execute(text(statement))
    return allowed


def _administers(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_has_role(:api, 'USAGE WITH ADMIN OPTION')"), {"api": API_ROLE}))


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.scalar(text("SELECT quote_ident(:name)"), {"name": name}))


def _scram(password: str) -> str:
    """Return what PostgreSQL keeps of a password, so that the password itself is in no log of its statements."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    kept = ":".join(base64.b64encode(part).decode() for part in (stored, server))
    return f"SCRAM-SHA-256${rounds}:{base64.b64encode(salt).decode()}${kept}"


async def provide(admin: Database) -> None:
    """Have the role that the API connects as on the embedded server: nobody else reaches that."""
    async with schema_connection(admin.url) as connection:
        if not await connection.run_sync(exists, API_ROLE):
            await connection.execute(text(f"CREATE ROLE {API_ROLE} LOGIN"))


async def check(database: Database) -> None:
    """Refuse to serve as somebody whom row-level security doesn't hold, or with a table that it doesn't guard."""
    async with database.reading(System.HEALTH) as session:
        faults = [*await _faults(session), *await _gaps(session)]
    if faults:
        raise SetupError("\n".join(faults))


async def _faults(session: Session) -> list[str]:
    role: Any = (await session.execute(text(SERVING), {"api": API_ROLE})).one()
    if role.rolsuper or role.rolbypassrls:
        what = "is a superuser" if role.rolsuper else "has BYPASSRLS"
        return [f"{role.name} {what}, whom row-level security does not hold: {WHAT_TO_DO}"]
    if role.owned is not None:
        return [f"{role.name} owns the table {role.owned}, or can become who does: {WHAT_TO_DO}"]
    member = role.made and await session.scalar(text("SELECT pg_has_role(:api, 'USAGE')"), {"api": API_ROLE})
    return [] if member else [f"{role.name} is not a member of {API_ROLE}: run `osit migrate` with OSIT_OWNER_URL set."]


async def _gaps(session: Session) -> list[str]:
    tables = {"tables": list(Base.metadata.tables), "open": list(TABLES_WITHOUT_RLS), "unforced": list(NOT_FORCED)}
    found = (await session.execute(text(UNWALLED), tables)).scalars()
    repair = "`ALTER TABLE {0} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`"
    return [f"The table {name} is not behind row-level security: {repair.format(name)}." for name in found]
