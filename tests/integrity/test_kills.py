"""After a kill of PostgreSQL, acknowledged writes are there and retries act once; two kills of the benchmark."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.security import kills
from benchmarks.security._company import scratch


@pytest.fixture
def place() -> Iterator[Path]:
    """Provide a directory that PostgreSQL's user can enter; those of pytest are closed to all but root."""
    with scratch("kills") as made:
        yield made


def test_two_kills_lose_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "SECONDS_BETWEEN_KILLS", (0.3, 0.8))
    figures, back = kills.run(place, servers=1, backends=1, apis=0)
    assert len(back) == 2
    assert figures.pop("acknowledged") > 0
    assert figures.pop("sent again") > 0
    assert figures == dict.fromkeys(figures, 0)
