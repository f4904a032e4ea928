"""The committed schema fulfils the contract of the client teams, except for the pending list."""

import pytest

from tests.contract.check import CONTRACT, PENDING, SCHEMA, find_problems

ORIGINAL = SCHEMA.parents[1] / "shared" / "contract.graphql"


def test_the_schema_fulfils_the_contract() -> None:
    problems = find_problems(CONTRACT.read_text("utf-8"), SCHEMA.read_text("utf-8"), PENDING.read_text("utf-8"))
    assert problems == []


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original contract exists beside the project's own clones only")
def test_the_copy_equals_the_original_contract() -> None:
    assert CONTRACT.read_bytes() == ORIGINAL.read_bytes()
