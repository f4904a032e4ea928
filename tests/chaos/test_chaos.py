"""No fault loses or doubles an acknowledged write; the short form of `make chaos`."""

from tests.chaos.faults import TRIALS
from tests.chaos.run import run


def test_no_fault_loses_or_doubles_a_write() -> None:
    outcome = run(short=True)
    assert {name: len(times) for name, times in outcome.seconds.items()} == {
        trial.name: trial.short_times for trial in TRIALS if trial.short_times
    }
    assert outcome.counts["writes acknowledged"] > 0
    assert outcome.counts["requests sent again"] > 0
    assert outcome.failures() == {}
