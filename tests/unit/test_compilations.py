"""A second request for a root field compiles no SQL, whatever its values.

The SQL depends on what is in a request, not on its values: on the fields, the arguments that are present, the roles,
the page size, and whether a list has one item or several.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from sqlalchemy.sql.compiler import SQLCompiler

from osit_graphql.db import statements
from tests import statement_comparison
from tests.desk import Desk
from tests.leaks.questions import SCHEMA, roots
from tests.unit.root_fields import MUTATIONS, queries, set_scene


@contextmanager
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the statements that SQLAlchemy compiles."""
    compiled: list[str] = []
    compile_ = SQLCompiler.__init__

    def note(self: SQLCompiler, *arguments: Any, **options: Any) -> None:
        compile_(self, *arguments, **options)
        compiled.append(self.string)

    with monkeypatch.context() as patch:
        patch.setattr(SQLCompiler, "__init__", note)
        yield compiled


@pytest.fixture(autouse=True)
def _no_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the suite's comparisons, which compile."""
    for name in ("fetch_as", "fetch"):
        monkeypatch.setattr(statements, name, getattr(statement_comparison, name))


def root_field(document: str) -> str:
    """Return the root field of a document that has one."""
    [operation] = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    [field] = operation.selection_set.selections
    return str(field.name.value)  # type: ignore[attr-defined]


async def read_pages(desk: Desk, who: str, document: str, variables: dict[str, Any]) -> None:
    """Read a page and, if it has cursors, the page beside it."""
    [value] = (await desk.reads(who, document, **variables)).values()
    if isinstance(value, dict) and "pageInfo" in value:
        argument, cursor = ("before", "startCursor") if "last" in variables else ("after", "endCursor")
        assert value["pageInfo"][cursor] is not None, "a page without rows has no neighbour"
        await desk.reads(who, document, **variables, **{argument: value["pageInfo"][cursor]})


async def test_a_warm_query_compiles_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, fields = await set_scene(desk), set()
    for query in queries(scene):
        fields.add(root_field(query.document))
        for one, other in query.pairs:
            await read_pages(desk, one, query.document, query.variables[0])
            with compilations(monkeypatch) as compiled:
                await read_pages(desk, other, query.document, query.variables[1])
            assert compiled == [], (query.document, query.variables[1], other)
    assert fields == {name for name, root in roots().items() if root is SCHEMA.query_type}


@pytest.mark.parametrize("field", [name for name, root in roots().items() if root is SCHEMA.mutation_type])
async def test_a_warm_mutation_compiles_nothing(desk: Desk, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for prepare in MUTATIONS[field]:
        for turn, (who, document, variables) in enumerate([await prepare(desk, turn) for turn in (0, 1)]):
            assert root_field(document) == field
            with compilations(monkeypatch) as compiled:
                await desk.api.act(desk.token(who), document, **variables)
            assert turn == 0 or compiled == [], (document, variables)
