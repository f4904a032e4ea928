"""Runs the trials in random order and compares the responses with the stored rows."""

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from osit_graphql.db.engine import Database
from osit_graphql.services.reports.rollup_check import check_rollups
from osit_graphql.settings import Settings
from tests.chaos.faults import TRIALS, Trial
from tests.chaos.installation import Installation
from tests.production.rolling_restarts import Load, restart_each
from tests.superuser import audit_differences

WRITTEN = "SELECT comment FROM activity WHERE comment IS NOT NULL"
ROLLING_RESTARTS = 10
HEAD = "| fault | times | next write: median, s | longest, s | responses with errors |\n| --- | --: | --: | --: | --- |"


@dataclass
class Outcome:
    """What a run found: seconds and errors of each trial, and the figures at the end."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)
    """Figures that must be 0."""

    def failures(self) -> dict[str, int]:
        """Return the figures that are not as promised."""
        return {name: count for name, count in self.promised.items() if count}

    def table(self) -> str:
        """Return the figures in Markdown."""
        rows = [HEAD]
        for name, seconds in sorted(self.seconds.items()):
            codes = ", ".join(f"{code} {count:,}" for code, count in self.codes[name].most_common())
            rows.append(f"| {name} | {len(seconds)} | {median(seconds):.1f} | {max(seconds):.1f} | {codes or 'none'} |")
        figures = [f"| {name} | {count:,} |" for name, count in (self.counts | self.promised).items()]
        return "\n".join([*rows, "", "| | |\n| --- | --: |", *figures])


@contextmanager
def scratch() -> Iterator[Path]:
    """Create a directory that PostgreSQL's user can enter, and delete it afterwards."""
    place = Path(tempfile.mkdtemp(prefix="osit-chaos-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run(*, short: bool, only: Sequence[str] = ()) -> Outcome:
    """Start an installation and inject the faults; return what was found. Main thread only."""
    outcome = Outcome()
    planned = [trial for trial in TRIALS for _ in range(trial.short_times if short else trial.times)]
    planned = [trial for trial in planned if not only or any(word in trial.name for word in only)]
    random.shuffle(planned)
    with scratch() as place:
        installation = Installation(place)
        try:
            for trial in planned:
                _inject(trial, installation, outcome)
            installation.finish()
            _compare(installation, outcome)
            if not short and (not only or "E9" in only):
                _restart_servers(installation, outcome)
        finally:
            installation.stop()
            if outcome.failures():
                print(*installation.log, sep="\n")  # noqa: T201 - a program
    return outcome


def _inject(trial: Trial, installation: Installation, outcome: Outcome) -> None:
    installation.time_next_write()
    before = Counter(installation.ledger.codes)
    seconds = trial.inject(installation)
    outcome.seconds.setdefault(trial.name, []).append(seconds)
    outcome.codes.setdefault(trial.name, Counter()).update(installation.ledger.codes - before)
    installation.await_health("/readyz", 200)
    print(f"{trial.name}: {seconds:.1f} s", flush=True)  # noqa: T201 - a program


def _restart_servers(installation: Installation, outcome: Outcome) -> None:
    """E9: restart two servers behind nginx, one after the other, with the settings of docs/running.md."""
    installation.stop_servers()

    async def restart() -> Load:
        try:
            return await restart_each(installation.company, ROLLING_RESTARTS, drain_seconds="5", changes={})
        finally:
            await installation.company.database.close()

    load = asyncio.run(restart())
    outcome.counts[f"E9: requests during {ROLLING_RESTARTS} rolling restarts of two servers"] = load.answered
    outcome.promised["E9: requests failed"] = len(load.failures)


def _compare(installation: Installation, outcome: Outcome) -> None:
    """Compare the acknowledged writes with the rows, the history with its seals, and the reports with the history."""
    ledger = installation.ledger
    written = Counter(comment for (comment,) in installation.ask(WRITTEN))
    outcome.counts = {"writes acknowledged": len(ledger.rows), "requests sent again": ledger.again}
    outcome.promised = {
        "writes lost": sum(written[key] == 0 for key in ledger.rows),
        "writes doubled": sum(count > 1 for count in written.values()) + len(ledger.doubles),
        "writes refused": len(ledger.refused),
        "differences between history and seals": asyncio.run(_verify(installation)),
        "differences between reports and history": asyncio.run(_check_reports(installation)),
        "responses INTERNAL_SERVER_ERROR": ledger.codes["INTERNAL_SERVER_ERROR"],
    }


async def _verify(installation: Installation) -> int:
    database = Database(installation.postgres.api_url, pool_size=1)
    try:
        return len(await audit_differences(database))
    finally:
        await database.close()


async def _check_reports(installation: Installation) -> int:
    database = Database(installation.postgres.api_url, pool_size=1)
    try:
        return len(await check_rollups(database, Settings(_env_file=None).zone))
    finally:
        await database.close()
