"""PostgreSQL servers of one test: the distribution's, in a temporary folder, reached through TCP on free ports."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.embedded_postgres.server_process import is_running, list_children
from tests.superuser import SERVING
from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name), default=None)
needs_cluster = pytest.mark.skipif(
    PROGRAMS is None or not (PROGRAMS / "pg_basebackup").exists() or os.getuid() != 0,
    reason="needs the distribution's PostgreSQL, with pg_basebackup, and root to become its user",
)


def run_program(folder: Path, program: str, *arguments: str | Path) -> str:
    """Run a program of PostgreSQL in a folder, as the user `postgres`; return its output."""
    finished = subprocess.run(
        as_postgres(program, *arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_TIMEOUT_S,
    )
    assert finished.returncode == 0, f"{program}: {finished.stdout}{finished.stderr}"
    return finished.stdout


def start_server(data: str | Path, log: Path, *options: str) -> None:
    """Start a server and wait until it accepts connections. Without a pipe: the server would keep it open."""
    command = as_postgres("pg_ctl", "start", "-D", data, "-w", "-t", f"{HANG_TIMEOUT_S:.0f}", "-l", log, *options)
    subprocess.run(command, check=True, cwd=log.parent, stdout=subprocess.DEVNULL, timeout=HANG_TIMEOUT_S)


def as_postgres(program: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command that runs a program of PostgreSQL as its user."""
    assert PROGRAMS is not None
    return ["runuser", "-u", "postgres", "--", PROGRAMS / program, *arguments]


class PrivateCluster:
    """Servers by name, each with a data directory in the same folder. They run as the user `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL."""
        run_program(self.folder, program, *arguments)

    def create(self, name: str, **options: str) -> None:
        """Create a server and start it."""
        self.run("initdb", "-D", self._data(name), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start(name, **options)

    def create_replica(self, name: str, primary: str, **options: str) -> None:
        """Create a streaming replica of another server and start it."""
        where = ("-h", "127.0.0.1", "-p", str(self.ports[primary]), "-U", "postgres")
        self.run("pg_basebackup", *where, "-D", self._data(name), "-R", "-X", "stream", "-c", "fast")
        self.start(name, **options)

    def start(self, name: str, **options: str) -> None:
        """Start a server on the port that it had before."""
        port = self.ports.setdefault(name, find_free_port())
        chosen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"} | options
        words = " ".join([f"-p {port}", *(f"-c {key}='{value}'" for key, value in chosen.items())])
        start_server(self._data(name), self.folder / f"{name}.log", "-o", words)

    def stop(self, name: str) -> None:
        """Stop a server at once."""
        self.run("pg_ctl", "stop", "-D", self._data(name), "-m", "immediate")

    def promote(self, name: str) -> None:
        """Make a replica the primary, and wait for it."""
        self.run("pg_ctl", "promote", "-D", self._data(name), "-w")

    def kill(self, name: str) -> None:
        """Kill all processes of a server at once, as a power failure does."""
        processes = self._processes(name)
        for process in processes:
            os.kill(process, signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, processes)))
        Path(self._data(name), "postmaster.pid").unlink()

    def freeze(self, name: str) -> None:
        """Stop all processes of a server, so that it does not answer and its connections stay."""
        for process in self._processes(name):
            os.kill(process, signal.SIGSTOP)

    def _processes(self, name: str) -> list[int]:
        first = int(Path(self._data(name), "postmaster.pid").read_text().split()[0])
        return [first, *list_children(first)]

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the server's first process."""
        os.kill(int(Path(self._data(name), "postmaster.pid").read_text().split()[0]), number)

    def url(self, name: str, role: str = SERVING) -> str:
        """Return the URL of the database `postgres`."""
        return f"postgresql+asyncpg://{role}@127.0.0.1:{self.ports[name]}/postgres"

    def close(self) -> None:
        """Stop the servers that run."""
        for name in self.ports:
            if Path(self._data(name), "postmaster.pid").exists():
                self.stop(name)

    def _data(self, name: str) -> str:
        return str(self.folder / name)


@contextmanager
def private_cluster() -> Iterator[PrivateCluster]:
    """Provide an empty folder for servers; stop them and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="osit-cluster-"))
    shutil.chown(folder, "postgres")
    cluster = PrivateCluster(folder)
    try:
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder)
