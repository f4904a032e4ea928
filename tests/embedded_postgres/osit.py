"""The tests' hold on `program.py`: started as root or as an ordinary user, asked, killed."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Other:
    """An ordinary user to become, and a copy of the wheel that this user can read."""

    uid: int
    wheel: Path


class Osit:
    """One process that runs the embedded server; its words are in `said`."""

    def __init__(self, data_dir: Path, durable: bool, other: "Other | None") -> None:
        arguments = json.dumps([str(data_dir), durable, other and (other.uid, str(other.wheel))])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded_postgres.program", arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            start_new_session=True,
        )
        self.said: dict[str, Any] = {}

    def listen(self) -> "Osit":
        """Wait until it is ready or refuses."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self._complaints()
        self.said = json.loads(line)
        return self

    @property
    def refused(self) -> str:
        assert "refused" in self.said, self.said
        return str(self.said["refused"])

    @property
    def postgres(self) -> int:
        assert "postgres" in self.said, self.said
        return int(self.said["postgres"])

    def ask(self, statement: str, role: str = "osit", database: str = "osit") -> str:
        """Return what psql answers, run by the process's own user."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([role, database, statement]) + "\n")
        self.process.stdin.flush()
        return str(json.loads(self.process.stdout.readline())["answer"])

    def stop(self) -> None:
        """Let it end by itself, cleanly."""
        said, complaints = self.process.communicate()
        assert self.process.returncode == 0, complaints
        assert "refused" in self.said or json.loads(said) == {"stopped": True}

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it from outside, if it has not ended."""
        self.process.send_signal(number)
        self.process.communicate()

    def _complaints(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read()


def is_running(process: int) -> bool:
    """Tell whether a process lives; a zombie doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_end(process: int) -> None:
    """Return when the process has ended; fail if it never does."""
    wait_until(lambda: not is_running(process), f"process {process} goes on")


def list_modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Return mode, owner and group of these directories and of all that they lie in."""
    every = {parent for place in paths for parent in (place, *place.parents) if parent.exists()}
    return {place: (found.st_mode, found.st_uid, found.st_gid) for place in every if (found := place.stat())}
