"""The embedded PostgreSQL server: start, URLs, stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres.binaries import provide_binaries
from osit_graphql.embedded_postgres.cluster import ENVIRONMENT, Cluster
from osit_graphql.embedded_postgres.configuration import list_arguments, write_configuration
from osit_graphql.embedded_postgres.lock import take_lock
from osit_graphql.embedded_postgres.os_user import OsUser, find_os_user
from osit_graphql.embedded_postgres.paths import Paths, choose_paths, create_data_dir
from osit_graphql.embedded_postgres.server_log import ServerLog

_START_TIMEOUT_S = 600.0
"""Timeout of a start; recovery after a crash replays up to `max_wal_size`."""
_STOP_SIGNALS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""Signals with their timeouts in seconds: fast shutdown, immediate shutdown, kill."""
_READY_LINE = 7


class EmbeddedServer:
    """A running PostgreSQL 18. Only the user who runs OSIT can connect, through a Unix socket."""

    def __init__(self, paths: Paths, lock: int) -> None:
        self.created = False
        """Whether this start created the data."""
        self._paths = paths
        self._lock: int | None = lock
        self._process: subprocess.Popen[str] | None = None
        self._server_log: ServerLog | None = None

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool = True, meanwhile: Callable[[], object] = lambda: None) -> Self:
        """Start the server, creating its data the first time, and return it ready for connections.

        Call it in the main thread: the server ends with the thread that started it. Blocks for about a second
        the first time, less later, longer after a crash. `durable=False` is for tests: a power cut loses the data.
        `meanwhile` is called while the server starts. Failures raise `SetupError`.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("EmbeddedServer.start belongs in the main thread: PostgreSQL ends with its thread")
        place = _resolve(data_dir)
        try:
            return cls._start(place, durable=durable, meanwhile=meanwhile)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise SetupError(
                f"The embedded PostgreSQL can't use {place}: {error.strerror}{where};"
                " choose another OSIT_DATA_DIR (DATA_DIR= with make)."
            ) from error

    @classmethod
    def _start(cls, data_dir: Path, *, durable: bool, meanwhile: Callable[[], object]) -> Self:
        os_user = find_os_user()
        paths = choose_paths(data_dir)
        create_data_dir(data_dir, os_user)
        paths.prepare(os_user)
        server = cls(paths, take_lock(paths.root / "lock", data_dir))
        try:
            process, server_log = server._launch(os_user, durable=durable)
            meanwhile()
            server._await_ready(process, server_log)
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database `osit` as its owner, the role `osit`, which is no superuser."""
        return self._paths.url("osit", "osit")

    @property
    def api_url(self) -> str:
        """SQLAlchemy URL of the database `osit` as the role `osit_api`, which owns no tables."""
        return self._paths.url("osit_api", "osit")

    def admin_url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database as the superuser `postgres`."""
        return self._paths.url("postgres", database)

    def stop(self) -> None:
        """Shut the server down, disconnecting its clients, and wait for its end. Idempotent."""
        process, self._process = self._process, None
        if process:
            _end(process)
        server_log, self._server_log = self._server_log, None
        if server_log:
            server_log.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            self._paths.clear()
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, os_user: OsUser, *, durable: bool) -> tuple[subprocess.Popen[str], ServerLog]:
        assert self._lock is not None  # noqa: S101 - taken before this object was made
        paths, descriptor = self._paths, self._lock
        programs = provide_binaries(os_user, paths.programs)
        self.created = Cluster(paths, os_user, programs, descriptor).ensure_exists(durable=durable)
        write_configuration(paths, os_user, durable=durable)
        paths.open_socket(os_user)
        command = [programs.find("postgres"), "-D", str(paths.cluster), *list_arguments(paths)]
        process = self._process = subprocess.Popen(  # noqa: S603 - our own program
            os_user.wrap(*command),
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
        server_log = self._server_log = ServerLog(process.stdout, paths.log)
        return process, server_log

    def _await_ready(self, process: subprocess.Popen[str], server_log: ServerLog) -> None:
        end = time.monotonic() + _START_TIMEOUT_S
        while not self._is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > end:
                self.stop()
                cause = server_log.find_fatal_message()
                raise SetupError(f"The embedded PostgreSQL did not start: {cause} (log: {server_log.file}).")
            time.sleep(0.01)

    def _is_ready(self, process: int) -> bool:
        try:
            lines = (self._paths.cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _READY_LINE and lines[0] == str(process) and lines[_READY_LINE].strip() == "ready"


def find_running(data_dir: Path) -> str | None:
    """Return the SQLAlchemy URL, as the owner `osit`, of a server that another process runs there; None without one."""
    paths = choose_paths(_resolve(data_dir))
    return paths.url("osit", "osit") if paths.accepts_connections() else None


def _resolve(data_dir: Path) -> Path:
    return Path(os.path.realpath(data_dir.expanduser()))  # Path.resolve raises on a loop of links


def _end(process: subprocess.Popen[str]) -> None:
    for number, seconds in _STOP_SIGNALS:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
