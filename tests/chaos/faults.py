"""The faults and their rules. Each returns the seconds from its end, or from the kill, to the next write."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from osit_graphql.embedded_postgres.os_user import find_os_user
from tests.chaos.crowd import disconnect, read_at_once
from tests.chaos.installation import Installation
from tests.waiting import wait_until

HOLD_S = 3.0  # for faults that last: above OSIT_LOCK_TIMEOUT
DELAY_S = 0.03
READERS, DISCONNECTS = 100, 200
DISK_SIZE = "64m"
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = 'osit'"
STUCK = f"{BACKENDS} AND state LIKE 'idle in transaction%' AND now() - state_change > interval '1 second'"
HOLD = f"PERFORM pg_sleep({HOLD_S}); END $$"
LOCK_TABLE = f"DO $$ BEGIN LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE; {HOLD}"
LOCK_ROW = f"DO $$ BEGIN PERFORM FROM ticket WHERE id = (SELECT min(id) FROM ticket) FOR UPDATE; {HOLD}"


def kill_worker(installation: Installation) -> float:
    """E1: a worker process is killed; the others serve, and the first process of its server replaces it."""
    server = installation.servers[0]
    os.kill(random.choice(sorted(server.processes())), signal.SIGKILL)
    seconds = installation.time_next_write()
    wait_until(lambda: len(server.processes()) == 2)
    return seconds


def kill_server(installation: Installation) -> float:
    """E1, E8: a whole server is killed, and started again; the other one answers the retries."""
    installation.servers[1].kill()
    seconds = installation.time_next_write()
    installation.restart_server(1)
    return seconds


def kill_postgres(installation: Installation) -> float:
    """E2: PostgreSQL is killed; the servers live on, and are not ready until it is back."""
    os.kill(installation.postmaster, signal.SIGKILL)
    installation.await_unready()
    installation.restart_postgres()
    return installation.time_next_write()


def kill_backend(installation: Installation) -> float:
    """E2: a process of PostgreSQL is killed; PostgreSQL restarts all of them."""
    with suppress(IndexError, ProcessLookupError):  # it may have ended
        os.kill(random.choice(installation.ask(BACKENDS))[0], signal.SIGKILL)
    return installation.time_next_write()


def restart_postgres(installation: Installation) -> float:
    """E2: PostgreSQL is restarted as an administrator does it (a fast shutdown)."""
    installation.restart_postgres()
    return installation.time_next_write()


def freeze_postgres(installation: Installation) -> float:
    """E2: all processes of PostgreSQL are stopped, then continue."""
    installation.signal_postgres(signal.SIGSTOP)
    try:
        installation.await_unready()
    finally:
        installation.signal_postgres(signal.SIGCONT)
    return installation.time_next_write()


def cut_connections(installation: Installation) -> float:
    """E3: every connection to PostgreSQL is reset."""
    installation.change_network(lambda network: network.cut())
    return installation.time_next_write()


def hold_back_messages(installation: Installation) -> float:
    """E3: nothing passes between the servers and PostgreSQL, and no connection ends."""
    installation.change_network(lambda network: network.flowing.clear())
    try:
        installation.await_unready()
    finally:
        installation.change_network(lambda network: network.flowing.set())
    return installation.time_next_write()


def slow_down(installation: Installation) -> float:
    """E3: each message is late; writes go on."""
    installation.change_network(lambda network: setattr(network, "delay_s", DELAY_S))
    try:
        return installation.time_next_write()
    finally:
        installation.change_network(lambda network: setattr(network, "delay_s", 0.0))


def exhaust_pools(installation: Installation) -> float:
    """E4: every connection waits for a lock, and many readers wait for a connection: they are refused in time."""
    readers = installation.submit(read_at_once(installation, READERS))
    installation.ask(LOCK_TABLE)
    assert readers.result() <= {200, 503}
    return installation.time_next_write()


def lock_a_ticket(installation: Installation) -> float:
    """E5: one ticket is locked for long; writes on the others go on."""
    known = len(installation.ledger.rows)
    installation.ask(LOCK_ROW)
    assert len(installation.ledger.rows) > known
    return installation.time_next_write()


def fill_the_disk(installation: Installation) -> float:
    """E6: the disk of the history is full: writes fail, reads go on, and writes resume once there is room."""
    with small_disk() as disk:
        installation.ask_alone(f"CREATE TABLESPACE small LOCATION '{disk}/history'")
        installation.ask("ALTER TABLE activity SET TABLESPACE small")
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(65_536)):
                pass
        known = installation.ledger.codes.total()
        wait_until(lambda: installation.ledger.codes.total() > known, "no write fails")
        assert installation.call(read_at_once(installation, 1)) == {200}
        filler.unlink()
        seconds = installation.time_next_write()
        installation.ask("ALTER TABLE activity SET TABLESPACE pg_default")
        installation.ask_alone("DROP TABLESPACE small")
    return seconds


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a small file system that PostgreSQL may use."""
    place, user = Path(tempfile.mkdtemp(prefix="osit-disk-")), find_os_user()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE},mode=0755", "tmpfs", place], check=True)
    try:
        (place / "history").mkdir(mode=0o700)
        os.chown(place / "history", user.uid, user.gid)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        shutil.rmtree(place, ignore_errors=True)


def disconnect_clients(installation: Installation) -> float:
    """E7: clients leave before the response; no connection to PostgreSQL stays in a transaction."""
    installation.call(disconnect(installation, DISCONNECTS))
    seconds = installation.time_next_write()
    wait_until(lambda: installation.ask(STUCK) == [], "a transaction is left open")
    return seconds


@dataclass(frozen=True)
class Trial:
    """A fault, and how often it happens in the full and in the short form."""

    name: str
    inject: Callable[[Installation], float]
    times: int
    short_times: int = 0


TRIALS = (
    Trial("E1: kill -9 of a worker", kill_worker, 10, 1),
    Trial("E1, E8: kill -9 of a server", kill_server, 5),
    Trial("E2: kill -9 of PostgreSQL", kill_postgres, 15, 1),
    Trial("E2: kill -9 of a process of PostgreSQL", kill_backend, 10, 1),
    Trial("E2: restart of PostgreSQL", restart_postgres, 3),
    Trial("E2: PostgreSQL stopped by SIGSTOP", freeze_postgres, 3, 1),
    Trial("E3: connections reset", cut_connections, 10, 1),
    Trial("E3: network without messages", hold_back_messages, 3),
    Trial("E3: messages 30 ms late", slow_down, 3),
    Trial("E4: pools exhausted by a locked table", exhaust_pools, 2),
    Trial("E5: one ticket locked for 3 s", lock_a_ticket, 2),
    Trial("E6: disk full", fill_the_disk, 1),
    Trial("E7: 200 clients leave before the response", disconnect_clients, 10, 1),
)
