"""The access matrix: it has a cell for each field and role, and responses match it.

GLPI CVE-2024-43416 and GitLab's e-mails: a person read through another object had more readable fields.
"""

from collections.abc import Mapping

import pytest

from osit_graphql.domain.enums import Role
from tests.leaks.cells import ALL_ROLES, FIELDS, Seen, cell, read_all, try_all
from tests.leaks.knowledge import read_state
from tests.leaks.matrix import read_table
from tests.leaks.stage import Stage
from tests.protection import PROTECTION, RLS

WHO: Mapping[Role, str] = {
    Role.REQUESTER: "requester",
    Role.OPERATOR: "operator",
    Role.TECHNICIAN: "developer",
    Role.MANAGER: "manager",
    Role.ADMIN: "admin",
}
CELLS = read_table()
# A viewer's part may be everything or nothing. Row-level security alone may show no object at all.
OWN = {"v", "n", "s", "o", "?"} | ({"-"} if PROTECTION == RLS else set())


@pytest.fixture(scope="module")
async def seen(stage: Stage) -> dict[str, Seen]:
    """Return the responses to each person: all reads first, then all mutations."""
    state = await read_state(stage.admin)
    seen_by = {who: await read_all(stage, state, who) for who in (*WHO.values(), ALL_ROLES)}
    for who in WHO.values():
        await try_all(stage, state, who, seen_by[who])
    return seen_by


def test_the_matrix_lists_every_field() -> None:
    assert set(CELLS) == set(FIELDS), "a new field needs a cell for each role in tests/leaks/matrix.py"


@pytest.mark.parametrize("role", WHO)
async def test_responses_match_the_matrix(seen: dict[str, Seen], role: Role) -> None:
    actual = {name: cell(name, seen[WHO[role]], seen[ALL_ROLES]) for name in FIELDS}
    wrong = {
        name: (actual[name], CELLS[name][role])
        for name in FIELDS
        if not (actual[name] in OWN if CELLS[name][role] == "o" else actual[name] == CELLS[name][role])
    }
    assert wrong == {}
    assert seen[WHO[role]].broken == []
