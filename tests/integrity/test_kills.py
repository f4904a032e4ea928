"""A killed PostgreSQL loses nothing that it acknowledged, and a retry does nothing twice: two of the benchmark's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.security import kills
from benchmarks.security._company import scratch


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a directory that PostgreSQL's user can pass through: pytest's own are closed to all but root."""
    with scratch("kills") as made:
        yield made


def test_two_kills_lose_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "BETWEEN", (0.3, 0.8))
    figures, back = kills.run(place, servers=1, backends=1, apis=0)
    assert len(back) == 2
    assert figures.pop("acknowledged") > 0
    assert figures.pop("sent again") > 0
    assert figures == dict.fromkeys(figures, 0)
