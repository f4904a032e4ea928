"""The law stands in its own rooms: nobody else decides who sees, who does, or when it is kept."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, callee, package

VISIBILITY = "osit_graphql/db/visibility.py"
ACQUAINTANCE = "osit_graphql/db/people_visibility.py"  # the law of seeing people, which begins in visibility
WALL = "osit_graphql/db/rls/"  # the same law as policies: sub-SELECTs of a ticket beside its child
DATABASE = "osit_graphql/db/engine.py"
SETTINGS = "osit_graphql/db/session_context.py"  # says to PostgreSQL who is asking, roles and all
LAW = {"osit_graphql/domain/permissions.py", VISIBILITY, ACQUAINTANCE, SETTINGS, "osit_graphql/domain/viewer.py"}
WITNESSED = {"Ticket", "TicketDocument", "Activity", "Intervention"}
READS = {"select", "exists", "select_from", "join", "outerjoin", "aliased", "alias", "lateral", "correlate"}
SQL = re.compile(
    r"\b(?:from|join)\s+(?:only\s+)?(?:public\.)?(?:ticket|ticket_document|activity|intervention)\b", re.IGNORECASE
)

# Places that look into roles and decide nothing.
SAYING = {"osit_graphql/api/types/viewer.py": "`Viewer.roles` says what they are"}


def is_started(node: ast.AST, doors: set[str]) -> bool:
    """Whether an expression is a SELECT that began at one of visibility's doors."""
    match node:
        case ast.Name(id=name):
            return name in doors
        case ast.Call(func=ast.Attribute(value=ast.Name(id="visibility"))):
            return True
        case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Await(value=inner):
            return is_started(inner, doors)
        case _:
            return False


def list_doors(module: Module) -> set[str]:
    """Return what is imported from visibility here, and the names of SELECTs that began there."""
    doors: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module="osit_graphql.db.visibility", names=names):
                doors |= {name.asname or name.name for name in names}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_started(value, doors):
                doors.add(name)
    return doors


def mentions(node: ast.AST, doors: set[str]) -> bool:
    """Whether a table of the law is named here, not counting what began at one of visibility's doors."""
    if is_started(node, doors):
        return False
    if isinstance(node, ast.Name | ast.Attribute) and getattr(node, "id", getattr(node, "attr", "")) in WITNESSED:
        return True
    return any(mentions(child, doors) for child in ast.iter_child_nodes(node))


def find_reads(module: Module) -> Iterator[ast.expr]:
    """Yield every SELECT of a table of the law, in SQLAlchemy or in SQL."""
    doors = list_doors(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and callee(node) in READS and not is_started(node.func, doors):
            if any(mentions(argument, doors) for argument in node.args):
                yield node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield node


def find_verdicts(module: Module) -> Iterator[ast.expr]:
    """Yield every place where a viewer's roles or scopes are looked into rather than handed to the law."""
    handed = {
        id(argument)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") in {"permissions", "visibility"}
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or node.attr not in {"roles", "scopes"} or id(node) in handed:
            continue
        if "viewer" in {getattr(node.value, "id", ""), getattr(node.value, "attr", "")}:
            yield node


def find_commits(module: Module) -> Iterator[ast.expr]:
    """Yield every place that could end a transaction by itself."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and callee(node) in {"commit", "begin", "begin_nested"}:
            yield node


def outside(*rooms: str) -> list[Module]:
    """Return the package's modules but these."""
    return [module for module in package() if not module.name.startswith(rooms)]


def test_only_visibility_selects_tickets_and_their_history() -> None:
    assert [module.at(node) for module in outside(VISIBILITY, WALL) for node in find_reads(module)] == []


def test_only_the_law_looks_into_roles() -> None:
    assert [module.at(node) for module in outside(*LAW, *SAYING) for node in find_verdicts(module)] == []


def test_only_the_database_commits() -> None:
    assert [module.at(node) for module in outside(DATABASE) for node in find_commits(module)] == []


def planted(code: str) -> Module:
    """Return a module that is not there."""
    module = Module("osit_graphql/planted.py")
    vars(module)["tree"] = ast.parse(code)
    return module


@pytest.mark.parametrize(
    ("code", "seen"),
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
        ("written = visibility.activities(viewer)\nwritten.outerjoin(Intervention, true())", 0),
        ("written = select(Person.id)\nwritten.outerjoin(Intervention, true())", 1),
        ("update(Ticket).where(Ticket.id == 1)", 0),
        ("select(Person.id)", 0),
    ],
)
def test_a_read_is_seen(code: str, seen: int) -> None:
    assert len(list(find_reads(planted(code)))) == seen


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("Role.ADMIN in viewer.roles", 1),
        ("context.viewer.roles & allowed", 1),
        ("sorted(viewer.roles)", 1),
        ("Scope.READ_TICKETS in info.context.viewer.scopes", 1),
        ("permissions.may(viewer.roles, Right.READ_PEOPLE)", 0),
        ("permissions.authorize_reach(viewer.scopes, Reach.TICKETS)", 0),
        ("visibility.visible(viewer, roles=viewer.roles)", 0),
        ("row.roles == []", 0),
    ],
)
def test_a_verdict_is_seen(code: str, seen: int) -> None:
    assert len(list(find_verdicts(planted(code)))) == seen


@pytest.mark.parametrize(("code", "seen"), [("session.commit()", 1), ("engine.begin()", 1), ("transaction()", 0)])
def test_a_commit_is_seen(code: str, seen: int) -> None:
    assert len(list(find_commits(planted(code)))) == seen
