"""The embedded PostgreSQL as one object: start, address, stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from osit_graphql.embedded_postgres.binaries import provide_programs
from osit_graphql.embedded_postgres.cluster import ENVIRONMENT, Maker
from osit_graphql.embedded_postgres.configuration import list_arguments, write_configuration
from osit_graphql.embedded_postgres.failure import EmbeddedError
from osit_graphql.embedded_postgres.lock import Lock, take_lock
from osit_graphql.embedded_postgres.os_user import Account, find_account
from osit_graphql.embedded_postgres.paths import Places, choose_places
from osit_graphql.embedded_postgres.reach import open_data_dir
from osit_graphql.embedded_postgres.server_log import Journal

_STARTING = 600.0
"""Seconds for a start: recovery after a crash reads up to `max_wal_size` again."""
_STOPPING = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""Fast shutdown; without an answer after so many seconds, an immediate one; then the end."""
_READY_LINE = 7


class EmbeddedServer:
    """A running PostgreSQL 18 that only the user who runs OSIT reaches, through a socket."""

    def __init__(self, places: Places, lock: Lock) -> None:
        self.created = False
        """Whether the data was created just now."""
        self._places = places
        self._lock: Lock | None = lock
        self._process: subprocess.Popen[str] | None = None
        self._journal: Journal | None = None

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool = True, meanwhile: Callable[[], object] = lambda: None) -> Self:
        """Start the server on its data, created the first time, and return it ready for connections.

        Call it in the main thread: the server ends by itself when the thread that started it does. It blocks, for
        about a second the first time, less later, longer after a crash. `durable=False` is for tests: faster, and a
        power cut loses the data. `meanwhile` is called while the server starts. Anything in the way is an
        `EmbeddedError` of one sentence.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("EmbeddedServer.start belongs in the main thread: PostgreSQL ends with its thread")
        place = _resolve(data_dir)
        try:
            return cls._start(place, durable=durable, meanwhile=meanwhile)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise EmbeddedError(
                f"The embedded PostgreSQL can't live in {place}: {error.strerror}{where};"
                " choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            ) from error

    @classmethod
    def _start(cls, data_dir: Path, *, durable: bool, meanwhile: Callable[[], object]) -> Self:
        account = find_account()
        places = choose_places(data_dir)
        open_data_dir(data_dir, account)
        places.prepare(account)
        server = cls(places, take_lock(places.root / "lock", data_dir))
        try:
            process, journal = server._launch(account, durable=durable)
            meanwhile()
            server._await_ready(process, journal)
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `osit` as its owner, the role `osit`, which is no superuser."""
        return self._address("osit", "osit")

    @property
    def api_url(self) -> str:
        """SQLAlchemy's address of the database `osit` as the role `osit_api`, which owns nothing; see `roles`."""
        return self._address("osit_api", "osit")

    def admin_url(self, database: str = "postgres") -> str:
        """Return SQLAlchemy's address of a database as the superuser `postgres`."""
        return self._address("postgres", database)

    @property
    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log_file(self) -> Path:
        """Where the server's messages go."""
        return self._places.log / "postgresql.log"

    def stop(self) -> None:
        """Shut the server down cleanly, sessions included, and wait for its end; nothing the second time."""
        process, self._process = self._process, None
        if process:
            _end(process)
        journal, self._journal = self._journal, None
        if journal:
            journal.close()
        lock, self._lock = self._lock, None
        if lock:
            self._places.clear()
            lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _address(self, role: str, database: str) -> str:
        return self._places.address(role, database)

    def _launch(self, account: Account, *, durable: bool) -> tuple[subprocess.Popen[str], Journal]:
        assert self._lock  # noqa: S101 - taken before this object was made
        places, descriptor = self._places, self._lock.descriptor
        programs = provide_programs(account, places.programs)
        self.created = Maker(places, account, programs, descriptor).ensure_cluster(durable=durable)
        write_configuration(places, account, durable=durable)
        places.open_socket(account)
        command = [programs.find("postgres"), "-D", str(places.cluster), *list_arguments(places)]
        process = self._process = subprocess.Popen(  # noqa: S603 - our own program
            account.wrap(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=(descriptor,),
            start_new_session=True,  # a Ctrl-C is for OSIT, which stops its server when it has drained
        )
        assert process.stdout  # noqa: S101 - PIPE above
        journal = self._journal = Journal(process.stdout, places.log)
        return process, journal

    def _await_ready(self, process: subprocess.Popen[str], journal: Journal) -> None:
        end = time.monotonic() + _STARTING
        while not self._is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise EmbeddedError(
                    f"The embedded PostgreSQL did not start: {journal.find_cause()} (its messages: {journal.file})."
                )
            time.sleep(0.01)

    def _is_ready(self, process: int) -> bool:
        try:
            lines = (self._places.cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _READY_LINE and lines[0] == str(process) and lines[_READY_LINE].strip() == "ready"


def find_running(data_dir: Path) -> str | None:
    """Return SQLAlchemy's address, as the owner `osit`, of the server that another OSIT of ours runs there, if any."""
    places = choose_places(_resolve(data_dir))
    return places.address("osit", "osit") if places.is_answered() else None


def _resolve(data_dir: Path) -> Path:
    return Path(os.path.realpath(data_dir.expanduser()))  # Path.resolve raises on a loop of links


def _end(process: subprocess.Popen[str]) -> None:
    for number, seconds in _STOPPING:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
