"""A1: whoever asks whatever, nobody is told what they may not know; benchmarks/security/canaries.py asks 20,000."""

import pytest

from tests.leaks.questions import roots
from tests.leaks.stage import Stage
from tests.leaks.watch import SPARED, Watch


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_nobody_is_told_what_they_may_not_know(stage: Stage) -> None:
    tally = await Watch(stage, seed=1).stand(300)
    assert tally.leaks == []
    assert tally.changes > 0
    assert tally.asked_for == set(roots()) - SPARED
