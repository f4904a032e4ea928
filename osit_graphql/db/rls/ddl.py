"""The wall as SQL: what a migration freezes, and what tests compare PostgreSQL with."""

import re
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.visitors import replacement_traverse

from osit_graphql.db.rls.functions import FUNCTIONS, Function
from osit_graphql.db.rls.grants import GRANTS, Grant
from osit_graphql.db.rls.names import API, UNFORCED
from osit_graphql.db.rls.policies import Policy, list_policies
from osit_graphql.db.visibility import Condition

DIALECT = dialect()  # type: ignore[no-untyped-call]
PLACE = "SET search_path = pg_catalog, public, pg_temp"


def render(condition: Condition, table: str = "") -> str:
    """Return a condition as SQL, over a row of this table: it needs no FROM."""

    def name(element: Any, **_: Any) -> Any:
        if getattr(getattr(element, "table", None), "name", None) != table:
            return None
        return literal_column(f"{table}.{element.name}", element.type)

    plain = replacement_traverse(condition, {}, name)
    said = str(plain.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return re.sub(r"\s+", " ", re.sub(r" AS (?:anon|nullif|coalesce)_\d+", "", said))


def create_policy(policy: Policy) -> str:
    """Return the statement that creates a policy."""
    clauses = (("USING", policy.using), ("WITH CHECK", policy.check))
    said = [f"\n    {word} ({render(clause, policy.table)})" for word, clause in clauses if clause is not None]
    return f"CREATE POLICY {policy.name} ON {policy.table} FOR {policy.command} TO {API}{''.join(said)}"


def create_function(function: Function) -> str:
    """Return the statement that creates a function with the law in it: it runs as its owner, whom no policy hinders."""
    body = function.body.format(**{name: f"({render(law)})" for name, law in function.laws.items()})
    return (
        f"CREATE OR REPLACE FUNCTION {function.signature} LANGUAGE plpgsql STABLE SECURITY DEFINER\n{PLACE} AS $$\n"
        f"{body}$$"
    )


def wall_in(table: str) -> list[str]:
    """Return the statements that put a wall around a table; its owner, who migrates, passes."""
    force = [] if table in UNFORCED else [f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    own = f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
    policies = [create_policy(policy) for policy in list_policies() if policy.table == table]
    return [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", *force, own, *policies, *grant(table)]


def grant(table: str) -> list[str]:
    """Return the statements that let the API at a table."""
    return [_granted(table, each) for each in GRANTS[table]]


def _granted(table: str, granted: Grant) -> str:
    columns = "" if granted.columns is None else f" ({', '.join(granted.columns)})"
    return f"GRANT {granted.privilege}{columns} ON {table} TO {API}"


def list_functions() -> list[str]:
    """Return the statements of every function that has the law in it."""
    return [create_function(function) for function in FUNCTIONS]
