"""Commands that must succeed, and the tested commands of docs/."""

import os
import re
import subprocess
from pathlib import Path

from tests.architecture.source import ROOT


def clean_environment(**changes: str) -> dict[str, str]:
    """Return this environment without settings of OSIT and without an active virtual environment."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("OSIT_", "VIRTUAL_ENV"))}
    return variables | changes


def check(*command: str | Path, cwd: Path | None = None, umask: int = 0o022, **changes: str) -> str:
    """Run a command that must succeed, with these changes of the environment; return its standard output."""
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(**changes), capture_output=True, text=True, check=False, umask=umask
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def documented(document: str, name: str) -> str:
    """Return the commands of a document below `<!-- tested: tests/acceptance/NAME -->`."""
    block = re.compile(rf"<!-- tested: tests/acceptance/{re.escape(name)} -->\n```\w*\n(.*?)```", re.DOTALL)
    match = block.search((ROOT / document).read_text("utf-8"))
    assert match is not None, f"{document} has no commands for {name}"
    return match[1]
