"""A1: no response to a random document contains a secret that its viewer may not know.

`benchmarks.security.canaries` sends 20,000 documents. OSIT_TEST_QUESTIONS and OSIT_TEST_SEED set their number and the
seed. The company is created anew regularly, so that it stays small.
"""

import os
import sys

import pytest

from tests.leaks.questions import roots
from tests.leaks.stage import Stage, set_stage
from tests.leaks.watch import EXCLUDED_MUTATIONS, Findings, RandomQueries

QUESTIONS = int(os.environ.get("OSIT_TEST_QUESTIONS", "300"))
SEED = int(os.environ.get("OSIT_TEST_SEED", "1"))
DOCUMENTS_PER_COMPANY = 2_500


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_responses_to_random_queries_contain_no_hidden_values(stage: Stage) -> None:
    findings = Findings()
    for seed, begun in enumerate(range(0, QUESTIONS, DOCUMENTS_PER_COMPANY), SEED * 1000):
        new = await set_stage(stage.company.database, stage.admin, stage.api)
        await RandomQueries(new, seed, findings=findings).run(min(DOCUMENTS_PER_COMPANY, QUESTIONS - begun))
        sys.stdout.write(f"\nfigures: {findings}\n")
    assert findings.leaks == []
    assert findings.questions == QUESTIONS
    assert findings.changes > 0
    assert findings.asked_for == set(roots()) - EXCLUDED_MUTATIONS
    assert len(findings.disclosed) > 100, "responses contain canaries"
