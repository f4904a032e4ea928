"""Node.js and the npm packages that a folder's lock file pins."""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import HANG_TIMEOUT_S
from web.build import QUIET, TRUST, Node


@dataclass(frozen=True)
class NpmProject:
    """A folder with a package.json, and the Node.js that runs its scripts."""

    node: Node
    folder: Path

    def install(self) -> None:
        """Install the packages of package-lock.json unless they are installed."""
        wanted = hashlib.sha256((self.folder / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.folder / "node_modules" / ".osit"
        with self._lock():
            if stamp.exists() and stamp.read_text() == wanted:
                return
            done = self.run(*self.node.npm, "ci")
            assert done.returncode == 0, done.stdout
            stamp.write_text(wanted)

    def run_script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of package.json; scripts write into the folder, so one at a time."""
        with self._lock():
            return self.run(*self.node.npm, "run", name, "--", *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder; `stdout` has all its output."""
        path = f"{self.node.folder}{os.pathsep}{os.environ.get('PATH', '')}"
        return subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | QUIET | TRUST | {"PATH": path},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=HANG_TIMEOUT_S,
            check=False,
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Wait for the other test workers, which share the folder."""
        with (self.folder / "package-lock.json").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
