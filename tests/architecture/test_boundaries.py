"""Only a few modules read protected tables, look at roles or end transactions."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, callee, package

VISIBILITY = "osit_graphql/db/visibility.py"
PEOPLE_VISIBILITY = "osit_graphql/db/visibility.py"  # visibility of people, built on tickets
RLS = "osit_graphql/db/rls/"  # the same predicates as policies
ENGINE = "osit_graphql/db/engine.py"  # sends the viewer's roles to PostgreSQL
COMMITTERS = (ENGINE, "osit_graphql/db/schema/connection.py")
ROLE_READERS = {
    *("osit_graphql/domain/permissions.py", "osit_graphql/domain/viewer.py"),
    *(VISIBILITY, PEOPLE_VISIBILITY, ENGINE),
}
PROTECTED_TABLES = {
    *("Ticket", "TicketDocument", "TicketDocumentPart", "Activity", "Intervention", "DirectoryChange"),
}
READS = {"select", "exists", "select_from", "join", "outerjoin", "aliased", "alias", "lateral", "correlate"}
SQL = re.compile(
    r"\b(?:from|join)\s+(?:only\s+)?(?:public\.)?(?:ticket|ticket_document|ticket_document_part|activity|intervention)\b",
    re.IGNORECASE,
)

DISPLAYS = {"osit_graphql/api/types/viewer.py": "the field `Viewer.roles` returns them"}
"""Modules that read roles without deciding anything by them."""


def starts_at_visibility(node: ast.AST, starts: set[str]) -> bool:
    """Whether an expression is a SELECT that was started by a function of `visibility`."""
    match node:
        case ast.Name(id=name):
            return name in starts
        case ast.Call(func=ast.Attribute(value=ast.Name(id="visibility"))):
            return True
        case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Await(value=inner):
            return starts_at_visibility(inner, starts)
        case _:
            return False


def visibility_names(module: Module) -> set[str]:
    """Return the names imported from visibility, and those of SELECTs started by its functions."""
    starts: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module="osit_graphql.db.visibility", names=names):
                starts |= {name.asname or name.name for name in names}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if starts_at_visibility(value, starts):
                starts.add(name)
    return starts


def mentions(node: ast.AST, starts: set[str]) -> bool:
    """Whether a node names a protected table outside of a SELECT that `visibility` started."""
    if starts_at_visibility(node, starts):
        return False
    if (
        isinstance(node, ast.Name | ast.Attribute)
        and getattr(node, "id", getattr(node, "attr", "")) in PROTECTED_TABLES
    ):
        return True
    return any(mentions(child, starts) for child in ast.iter_child_nodes(node))


def find_reads(module: Module) -> Iterator[ast.expr]:
    """Yield every SELECT of a protected table, in SQLAlchemy or in SQL."""
    starts = visibility_names(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and callee(node) in READS and not starts_at_visibility(node.func, starts):
            if any(mentions(argument, starts) for argument in node.args):
                yield node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield node


def find_role_reads(module: Module) -> Iterator[ast.expr]:
    """Yield each use of a viewer's roles or scopes that does not pass them to `permissions` or `visibility`."""
    passed = {
        id(argument)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") in {"permissions", "visibility"}
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or node.attr not in {"roles", "scopes"} or id(node) in passed:
            continue
        if "viewer" in {getattr(node.value, "id", ""), getattr(node.value, "attr", "")}:
            yield node


def find_commits(module: Module) -> Iterator[ast.expr]:
    """Yield each call that could begin or commit a transaction."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and callee(node) in {"commit", "begin", "begin_nested"}:
            yield node


def outside(*paths: str) -> list[Module]:
    """Return the modules of the package except these."""
    return [module for module in package() if not module.name.startswith(paths)]


def test_only_visibility_selects_tickets_and_their_history() -> None:
    assert [module.at(node) for module in outside(VISIBILITY, RLS) for node in find_reads(module)] == []


def test_only_permissions_and_visibility_read_roles() -> None:
    assert [module.at(node) for module in outside(*ROLE_READERS, *DISPLAYS) for node in find_role_reads(module)] == []


def test_only_the_engine_commits() -> None:
    assert [module.at(node) for module in outside(*COMMITTERS) for node in find_commits(module)] == []


def parse(code: str) -> Module:
    """Return a module of this code that is not on disk."""
    module = Module("osit_graphql/example.py")
    vars(module)["tree"] = ast.parse(code)
    return module


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("select(Ticket.id)", 1),
        ("sa.select(models.Ticket)", 1),
        ("select(func.count()).select_from(Intervention)", 1),
        ("select(Person).join(Activity, Activity.author_id == Person.id)", 1),
        ("aliased(Ticket)", 1),
        ("text('SELECT 1 FROM ticket')", 1),
        ("visibility.tickets(viewer, Ticket.id)", 0),
        ("select(func.count()).select_from(visibility.tickets(viewer, Ticket.id).subquery())", 0),
        ("from osit_graphql.db.visibility import tickets\nselect(tickets(viewer, Ticket.id).subquery())", 0),
        ("visibility.activities(viewer).outerjoin(Intervention, true())", 0),
        ("statement = visibility.activities(viewer)\nstatement.outerjoin(Intervention, true())", 0),
        ("statement = select(Person.id)\nstatement.outerjoin(Intervention, true())", 1),
        ("update(Ticket).where(Ticket.id == 1)", 0),
        ("select(Person.id)", 0),
    ],
)
def test_a_read_is_reported(code: str, expected: int) -> None:
    assert len(list(find_reads(parse(code)))) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Role.ADMIN in viewer.roles", 1),
        ("context.viewer.roles & allowed", 1),
        ("sorted(viewer.roles)", 1),
        ("Scope.READ_TICKETS in info.context.viewer.scopes", 1),
        ("permissions.has_permission(viewer.roles, Permission.READ_PEOPLE)", 0),
        ("permissions.require_scope(viewer.scopes, ApiArea.TICKETS)", 0),
        ("visibility.visible(viewer, roles=viewer.roles)", 0),
        ("row.roles == []", 0),
    ],
)
def test_a_role_read_is_reported(code: str, expected: int) -> None:
    assert len(list(find_role_reads(parse(code)))) == expected


@pytest.mark.parametrize(("code", "expected"), [("session.commit()", 1), ("engine.begin()", 1), ("transaction()", 0)])
def test_a_commit_is_reported(code: str, expected: int) -> None:
    assert len(list(find_commits(parse(code)))) == expected
