"""Processes of `osit`, of any version and of any user."""

import os
import pwd
import signal
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx

from tests.acceptance.commands import clean_environment
from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until_ready

DEFAULTS = {"OSIT_LOG_LEVEL": "warning", "OSIT_LOG_FORMAT": "json", "OSIT_BUDGET_POINTS": "1000000000"}


class OsitServer:
    """One `osit serve` or `osit demo`, which ends with the block."""

    def __init__(
        self, program: Path, folder: Path, *command: str, user: str | None = None, settings: dict[str, str]
    ) -> None:
        self.port, self.log = find_free_port(), folder / f"{'-'.join(command)}-{program.parents[1].name}.log"
        self.url = f"http://127.0.0.1:{self.port}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, *command, "--port", str(self.port)],
                env=clean_environment(HOME=str(folder), **DEFAULTS, **settings),
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                **as_user(user),
            )

    def __enter__(self) -> Self:
        try:
            wait_until_ready(self.url, self.process, self.log)
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=HANG_TIMEOUT_S).is_success

    def stop(self) -> int:
        """Send SIGTERM, wait until the process has ended and return its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(HANG_TIMEOUT_S)


def as_user(user: str | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that change the user; none for the user of the tests."""
    if user is None or os.getuid() != 0:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def run_osit(
    program: Path,
    *command: str | Path,
    user: str | None = None,
    settings: dict[str, str],
    cwd: Path,
    stdin: str = "",
) -> str:
    """Run an `osit` command that must succeed; return what it prints."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [program, *command],
        env=clean_environment(HOME=str(cwd), COLUMNS="200", **settings),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        **as_user(user),
    )
    assert done.returncode == 0, f"osit {' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout
