"""The access matrix: all of (type.field × role) is decided, and GraphQL does as it says.

GLPI CVE-2024-43416 and GitLab's e-mails: a person seen through something else showed more of themselves.
"""

from collections.abc import Mapping

import pytest

from osit_graphql.domain.enums import Role
from tests.leaks.cells import FIELDS, WHOLE, Seen, cell, read_all, try_all
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
# One's own part of something may be all of it, or nothing; behind the second wall alone less words are compared.
OWN = {"v", "n", "s", "o", "?"} | ({"-"} if PROTECTION == RLS else set())


@pytest.fixture(scope="module")
async def seen(stage: Stage) -> dict[str, Seen]:
    """Give what everybody was told: first all that they read, then what comes of acting."""
    state = await read_state(stage.admin)
    found = {who: await read_all(stage, state, who) for who in (*WHO.values(), WHOLE)}
    for who in WHO.values():
        await try_all(stage, state, who, found[who])
    return found


def test_every_field_has_its_cells() -> None:
    assert set(CELLS) == set(FIELDS), "a new field is decided for each role, in tests/leaks/matrix.py"


@pytest.mark.parametrize("role", WHO)
async def test_everybody_is_told_what_the_matrix_says(seen: dict[str, Seen], role: Role) -> None:
    found = {name: cell(name, seen[WHO[role]], seen[WHOLE]) for name in FIELDS}
    wrong = {
        name: (found[name], CELLS[name][role])
        for name in FIELDS
        if not (found[name] in OWN if CELLS[name][role] == "o" else found[name] == CELLS[name][role])
    }
    assert wrong == {}
    assert seen[WHO[role]].broken == []
