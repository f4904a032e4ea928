"""« La carte de conception »."""

import tomllib
from pathlib import Path

from osit_graphql.api.schema import export
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, Role
from osit_graphql.services import tickets
from tests.desk import Desk

ROOT = Path(__file__).parents[2]


async def test_resolvers_depend_on_roles(desk: Desk) -> None:
    """Nature : une API GraphQL dont les résolveurs connaissent les rôles."""
    number = await desk.company.ticket()
    people = {"operator": Role.OPERATOR, "developer": Role.TECHNICIAN, "requester": Role.REQUESTER}
    people |= {"manager": Role.MANAGER, "admin": Role.ADMIN}
    for who, role in people.items():
        for action in (Action.COMMENT, Action.CLOSE, Action.DECIDE):
            codes = (await desk.answer(who, action, number, comment=" ")).codes
            assert codes == ([] if role in permissions.RULES[action].roles else ["FORBIDDEN"])
        answer = await desk.api.ask(desk.token(who), "{ users { totalCount } }")
        assert answer.codes == (["FORBIDDEN"] if role is Role.REQUESTER else [])


def test_python_and_its_packages() -> None:
    """Langage : Python. Paquets : Strawberry, Starlette, SQLAlchemy, asyncpg, uvicorn, pytest-asyncio."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = " ".join([*project["project"]["dependencies"], *project["dependency-groups"]["test"]])
    packages = ("strawberry-graphql", "starlette", "sqlalchemy", "asyncpg", "uvicorn", "pytest-asyncio")
    assert [package for package in packages if package not in named] == []


def test_the_root_has_the_specified_folders() -> None:
    """À la racine : `osit_graphql/`, `schema.graphql`, `migrations/`, `tests/`, `pyproject.toml`, `README.md`."""
    assert all((ROOT / name).is_dir() for name in ("osit_graphql", "migrations", "tests"))
    assert all((ROOT / name).is_file() for name in ("schema.graphql", "pyproject.toml", "README.md"))


async def test_resolvers_enforce_permissions(desk: Desk) -> None:
    """Forme : un schéma Strawberry expose les requêtes et mutations de tickets, les résolveurs font respecter les
    permissions et la visibilité par rôle, et les règles du workflow vivent dans une couche de services.

    A service function refuses the same requests as its resolver: the permission check is not in the resolver.
    """
    number = await desk.company.ticket()
    refusals = {}
    for who in ("network", "requester", "developer"):
        try:
            await desk.company.do(who, tickets.close, number, comment="")
        except Exception as refused:  # noqa: BLE001 - which one is the question
            refusals[who] = str(refused)
    assert refusals == {
        "network": "NOT_FOUND@id, REQUIRED@input.comment",
        "requester": "Your roles do not allow this.",
        "developer": "REQUIRED@input.comment",
    }
    for who, expected in (
        ("network", [("id", "NOT_FOUND"), ("input.comment", "REQUIRED")]),
        ("requester", [("ticketClose", "FORBIDDEN")]),
        ("developer", [("input.comment", "REQUIRED")]),
    ):
        assert await desk.is_refused(who, Action.CLOSE, number, comment="") == expected


async def test_who_uses_it(desk: Desk) -> None:
    """Utilisée par : GraphiQL pour les testeurs, des tableaux de bord internes qui interrogent coûts et
    récurrences, des clients mobiles ou web d'autres équipes.

    Dashboards ask for costs ticket by ticket until issue 3 brings the reports; other teams build on
    `schema.graphql`.
    """
    page = await desk.api.http.get("/graphiql")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    board = "query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount nodes { cost { amount } } } }"
    by_cause = {"causeIds": [desk.company.ids["Configuration"]]}
    assert await desk.reads("manager", board, filter=by_cause) == {"tickets": {"totalCount": 0, "nodes": []}}
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == export()
