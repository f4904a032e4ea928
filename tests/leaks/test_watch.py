"""A1: whoever asks whatever, nobody is told what they may not know.

`benchmarks.security.canaries` asks 20,000 questions of these; OSIT_TEST_QUESTIONS and OSIT_TEST_SEED say how many and
which. Every so many the company is a new one, so that it stays small.
"""

import os
import sys

import pytest

from tests.leaks.questions import roots
from tests.leaks.stage import Stage, set_stage
from tests.leaks.watch import SPARED, Tally, Watch

QUESTIONS = int(os.environ.get("OSIT_TEST_QUESTIONS", "300"))
SEED = int(os.environ.get("OSIT_TEST_SEED", "1"))
AT_ONCE = 2_500  # on one company


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_nobody_is_told_what_they_may_not_know(stage: Stage) -> None:
    tally = Tally()
    for seed, begun in enumerate(range(0, QUESTIONS, AT_ONCE), SEED * 1000):
        new = await set_stage(stage.company.database, stage.admin, stage.api)
        await Watch(new, seed, tally=tally).stand(min(AT_ONCE, QUESTIONS - begun))
        sys.stdout.write(f"\nfigures: {tally}\n")
    assert tally.leaks == []
    assert tally.questions == QUESTIONS
    assert tally.changes > 0
    assert tally.asked_for == set(roots()) - SPARED
    assert len(tally.disclosed) > 100, "the canaries are alive"
