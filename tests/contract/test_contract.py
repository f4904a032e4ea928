"""The committed schema keeps what client teams were promised, but for what the pending list names."""

import pytest

from tests.contract.check import CONTRACT, PENDING, SCHEMA, find_problems

ORIGINAL = SCHEMA.parents[1] / "shared" / "contract.graphql"


def test_the_schema_keeps_the_contract() -> None:
    problems = find_problems(CONTRACT.read_text("utf-8"), SCHEMA.read_text("utf-8"), PENDING.read_text("utf-8"))
    assert problems == []


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original contract lies beside the project's own clones only")
def test_the_copy_is_the_contract() -> None:
    assert CONTRACT.read_bytes() == ORIGINAL.read_bytes()
