"""Creates and checks PostgreSQL roles: the owner of the tables migrates them, the serving role owns none.

Policies and grants are for the role `osit_api`. The serving role, as which the API connects, is a member of it or that
role itself. Each error names the statement that an administrator has to run.
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

FOREIGN_OWNERS = """
SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (:tables)
    AND NOT pg_has_role(relowner, 'USAGE')
"""
PRIVILEGES = """
SELECT current_user::text AS name, rolsuper OR rolcreaterole AS creates, current_database()::text AS database,
    has_schema_privilege('public', 'CREATE') AS fills, current_setting('server_version_num')::integer AS version,
    rolsuper OR current_setting('server_version_num')::integer < 160000 AND rolcreaterole AS grants,
    pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE') AS has_schema
FROM pg_roles WHERE rolname = current_user
"""
LOGIN_PRIVILEGES = """
SELECT pg_has_role(:login, :api, 'USAGE') AS member, has_schema_privilege(:login, 'public', 'USAGE') AS enters,
    has_database_privilege(:login, current_database(), 'CONNECT') AS connects
"""
SESSION_ROLE = """
SELECT session_user::text AS name, rolsuper, rolbypassrls,
    EXISTS (SELECT FROM pg_roles WHERE rolname = :api) AS made,
    (SELECT min(relname)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND pg_has_role(session_user, relowner, 'MEMBER')) AS owned
FROM pg_roles WHERE rolname = session_user
"""
UNPROTECTED_TABLES = """
SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND relname <> ALL (:open)
    AND (relname = ANY (:tables) OR has_any_column_privilege(oid, 'SELECT') OR has_table_privilege(oid, 'INSERT'))
    AND NOT (relrowsecurity AND (relforcerowsecurity OR relname = ANY (:unforced))) ORDER BY 1
"""
ROLE_HINT = (
    "set OSIT_DATABASE_URL to a role that owns no tables (`CREATE ROLE … LOGIN PASSWORD '…' IN ROLE osit_api`),"
    " and OSIT_OWNER_URL to this one, for `osit migrate`."
)


def role_exists(connection: Connection, role: str) -> bool:
    """Whether the role exists."""
    return bool(connection.scalar(text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)"), {"role": role}))


def create_api_role(connection: Connection) -> None:
    """Create the role `osit_api`; raise `SetupError` if the owner lacks a privilege that the migrations need."""
    privileges = connection.execute(text(PRIVILEGES)).one()
    errors = []
    if not role_exists(connection, API_ROLE):
        if privileges.creates:
            connection.execute(text(f"CREATE ROLE {API_ROLE} NOLOGIN"))
        else:
            errors.append(
                f"There is no role {API_ROLE}, and {privileges.name} may not create it:"
                f" have a superuser run `CREATE ROLE {API_ROLE} NOLOGIN`."
            )
    if not privileges.fills:
        errors.append(
            f"{privileges.name} may not create tables in the database {privileges.database}:"
            f" have its owner run `GRANT CREATE ON SCHEMA public TO {_quoted(connection, privileges.name)}`."
        )
    errors += [
        f"The tables in {privileges.database} belong to {owner}, not to {privileges.name}: migrate as {owner}."
        for owner in connection.scalars(text(FOREIGN_OWNERS), {"tables": list(Base.metadata.tables)})
    ]
    if errors:
        raise SetupError("\n".join(errors))


def grant_login(connection: Connection, url: URL) -> None:
    """Grant access to the serving role; create it if it is missing, with the password in its URL."""
    login = url.username or ""
    privileges = connection.execute(text(PRIVILEGES)).one()
    if login in {"", privileges.name}:
        return
    name = _quoted(connection, login)
    if not role_exists(connection, login):
        if not privileges.creates:
            raise SetupError(
                f"The role {login} of OSIT_DATABASE_URL does not exist,"
                f" and {privileges.name} may not create it:"
                f" have a superuser run `CREATE ROLE {name} LOGIN PASSWORD '…' IN ROLE {API_ROLE}`."
            )
        password = "" if url.password is None else f" PASSWORD '{_scram(str(url.password))}'"
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN{password}")
    login_privileges = connection.execute(text(LOGIN_PRIVILEGES), {"login": login, "api": API_ROLE}).one()
    errors = []
    if not login_privileges.member and not _run(
        connection, f"GRANT {API_ROLE} TO {name}", privileges.grants or _may_grant(connection)
    ):
        errors.append(f"{login} is not a member of {API_ROLE}: have a superuser run `GRANT {API_ROLE} TO {name}`.")
    if not login_privileges.enters and not _run(
        connection, f"GRANT USAGE ON SCHEMA public TO {API_ROLE}", privileges.has_schema
    ):
        errors.append(
            f"{login} may not use the schema public: have its owner run `GRANT USAGE ON SCHEMA public TO {API_ROLE}`."
        )
    if not login_privileges.connects:
        errors.append(
            f"{login} may not connect to {privileges.database}:"
            f" have its owner run `GRANT CONNECT ON DATABASE {_quoted(connection, privileges.database)} TO {name}`."
        )
    if errors:
        raise SetupError("\n".join(errors))


def _run(connection: Connection, statement: str, allowed: bool) -> bool:
    if allowed:
        connection.execute(text(statement))
    return allowed


def _may_grant(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_has_role(:api, 'USAGE WITH ADMIN OPTION')"), {"api": API_ROLE}))


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.scalar(text("SELECT quote_ident(:name)"), {"name": name}))


def _scram(password: str) -> str:
    """Return the SCRAM verifier of a password, so that PostgreSQL logs no password."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    keys = ":".join(base64.b64encode(part).decode() for part in (stored, server))
    return f"SCRAM-SHA-256${rounds}:{base64.b64encode(salt).decode()}${keys}"


async def create_embedded_role(admin: Database) -> None:
    """Create the serving role on the embedded server, which accepts connections of its own user only."""
    async with schema_connection(admin.url) as connection:
        if not await connection.run_sync(role_exists, API_ROLE):
            await connection.execute(text(f"CREATE ROLE {API_ROLE} LOGIN"))


async def check_serving_role(database: Database) -> None:
    """Raise `SetupError` if row-level security does not apply to the serving role, or not to every table."""
    async with database.reading(System.HEALTH) as session:
        errors = [*await _role_errors(session), *await _table_errors(session)]
    if errors:
        raise SetupError("\n".join(errors))


async def _role_errors(session: Session) -> list[str]:
    role: Any = (await session.execute(text(SESSION_ROLE), {"api": API_ROLE})).one()
    if role.rolsuper or role.rolbypassrls:
        what = "is a superuser" if role.rolsuper else "has BYPASSRLS"
        return [f"{role.name} {what}, so row-level security does not apply to it: {ROLE_HINT}"]
    if role.owned is not None:
        return [f"{role.name} owns the table {role.owned}, or is a member of its owner: {ROLE_HINT}"]
    member = role.made and await session.scalar(text("SELECT pg_has_role(:api, 'USAGE')"), {"api": API_ROLE})
    return [] if member else [f"{role.name} is not a member of {API_ROLE}: run `osit migrate` with OSIT_OWNER_URL set."]


async def _table_errors(session: Session) -> list[str]:
    tables = {"tables": list(Base.metadata.tables), "open": list(TABLES_WITHOUT_RLS), "unforced": list(NOT_FORCED)}
    unprotected = (await session.execute(text(UNPROTECTED_TABLES), tables)).scalars()
    repair = "`ALTER TABLE {0} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`"
    return [f"The table {name} has no row-level security: {repair.format(name)}." for name in unprotected]
