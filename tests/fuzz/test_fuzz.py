"""F3: schemathesis generates documents for every operation and role; no response fails or leaks.

`benchmarks.security.fuzz` sends 5,000 of these; OSIT_TEST_CASES and OSIT_TEST_SEED set their number and the seed.
"""

import os
import sys

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.settings import Settings
from tests.client import Api
from tests.fuzz.fuzzing import PEOPLE, Report, fuzz
from tests.leaks.questions import roots
from tests.leaks.stage import set_stage
from tests.superuser import Superuser

CASES = int(os.environ.get("OSIT_TEST_CASES", "368"))
SEED = int(os.environ.get("OSIT_TEST_SEED", "1"))
DOCUMENTS_PER_STAGE = 24  # of each operation


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_no_generated_document_fails_or_leaks(migrated: Database, admin: Superuser, settings: Settings) -> None:
    report, each = Report(), -(-CASES // len(roots()))
    async with Api(settings, migrated) as api:
        for number, begun in enumerate(range(0, each, DOCUMENTS_PER_STAGE), SEED * 1000):
            await fuzz(await set_stage(migrated, admin, api), min(DOCUMENTS_PER_STAGE, each - begun), number, report)
            sys.stdout.write(f"\nfigures: {report}\n")
    sys.stdout.write("".join(f"finding: {finding!r}\n" for finding in report.findings))
    assert report.findings == []
    assert report.sent.total() >= CASES
    assert {label.partition(".")[2] for label in report.sent} == set(roots())
    assert set(report.people) == set(PEOPLE)
    assert report.changes > 0
    assert report.answered.total() > CASES / 10, "answers have data"
