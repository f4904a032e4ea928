"""Control of a process of `server_program.py`: start it as root or as another user, query it, kill it."""

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
class OtherUser:
    """An ordinary user, and a copy of the wheel that this user can read."""

    uid: int
    wheel: Path


class ServerProcess:
    """One process that runs the embedded server; `report` is its last message."""

    def __init__(self, data_dir: Path, durable: bool, other: "OtherUser | None") -> None:
        arguments = json.dumps([str(data_dir), durable, other and (other.uid, str(other.wheel))])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded_postgres.server_program", arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            start_new_session=True,
        )
        self.report: dict[str, Any] = {}

    def listen(self) -> "ServerProcess":
        """Wait until it is ready or refuses."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self._read_stderr()
        self.report = json.loads(line)
        return self

    @property
    def refused(self) -> str:
        assert "refused" in self.report, self.report
        return str(self.report["refused"])

    @property
    def postgres(self) -> int:
        assert "postgres" in self.report, self.report
        return int(self.report["postgres"])

    def ask(self, statement: str, role: str = "osit", database: str = "osit") -> str:
        """Return the output of psql, run by the user of the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([role, database, statement]) + "\n")
        self.process.stdin.flush()
        return str(json.loads(self.process.stdout.readline())["answer"])

    def stop(self) -> None:
        """Close its input and wait for a clean end."""
        output, errors = self.process.communicate()
        assert self.process.returncode == 0, errors
        assert "refused" in self.report or json.loads(output) == {"stopped": True}

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        self.process.communicate()

    def _read_stderr(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read()


def is_running(process: int) -> bool:
    """Tell whether a process lives; a zombie doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def list_children(process: int) -> list[int]:
    """Return the processes that a process has started and that have not ended."""
    return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split())]


def await_end(process: int) -> None:
    """Return when the process has ended; fail if it never does."""
    wait_until(lambda: not is_running(process), f"process {process} goes on")


def list_modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Return mode, owner and group of these directories and of their parents."""
    every = {parent for place in paths for parent in (place, *place.parents) if parent.exists()}
    return {place: (status.st_mode, status.st_uid, status.st_gid) for place in every if (status := place.stat())}
