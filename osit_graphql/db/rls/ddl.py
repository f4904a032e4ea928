"""Renders policies, functions and grants as SQL for migrations, and for the test that compares the database with it."""

import re
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy.sql.visitors import replacement_traverse

from osit_graphql.db.rls import API_ROLE, NOT_FORCED
from osit_graphql.db.rls.functions import FUNCTIONS, Function
from osit_graphql.db.rls.grants import GRANTS, Grant
from osit_graphql.db.rls.policies import Policy, list_policies
from osit_graphql.db.statements import DIALECT
from osit_graphql.db.visibility import Condition

SEARCH_PATH = "SET search_path = pg_catalog, public, pg_temp"


def render(condition: Condition, table: str = "") -> str:
    """Return a condition as SQL on a row of this table, without FROM."""

    def name(element: Any, **_: Any) -> Any:
        if getattr(getattr(element, "table", None), "name", None) != table:
            return None
        return literal_column(f"{table}.{element.name}", element.type)

    plain = replacement_traverse(condition, {}, name)
    clauses = str(plain.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return re.sub(r"\s+", " ", re.sub(r" AS (?:anon|nullif|coalesce)_\d+", "", clauses))


def create_policy(policy: Policy) -> str:
    """Return the statement that creates a policy."""
    clauses = (("USING", policy.using), ("WITH CHECK", policy.check))
    rendered = [f"\n    {word} ({render(clause, policy.table)})" for word, clause in clauses if clause is not None]
    return f"CREATE POLICY {policy.name} ON {policy.table} FOR {policy.command} TO {API_ROLE}{''.join(rendered)}"


def create_function(function: Function) -> str:
    """Return the statement that creates a SECURITY DEFINER function with visibility predicates in its body."""
    body = function.body.format(**{name: f"({render(predicate)})" for name, predicate in function.predicates.items()})
    return (
        f"CREATE OR REPLACE FUNCTION {function.signature} LANGUAGE plpgsql STABLE SECURITY DEFINER\n"
        f"{SEARCH_PATH} AS $$\n{body}$$"
    )


def protect_table(table: str) -> list[str]:
    """Return the statements that enable row-level security on a table, with a policy that permits its owner all."""
    force = [] if table in NOT_FORCED else [f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    own = f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
    policies = [create_policy(policy) for policy in list_policies() if policy.table == table]
    return [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", *force, own, *policies, *grant(table)]


def grant(table: str) -> list[str]:
    """Return the statements that grant the API's role its privileges on a table."""
    return [_grant_statement(table, each) for each in GRANTS[table]]


def _grant_statement(table: str, grant_: Grant) -> str:
    columns = "" if grant_.columns is None else f" ({', '.join(grant_.columns)})"
    return f"GRANT {grant_.privilege}{columns} ON {table} TO {API_ROLE}"


def list_functions() -> list[str]:
    """Return the statements that create every function with visibility predicates."""
    return [create_function(function) for function in FUNCTIONS]
