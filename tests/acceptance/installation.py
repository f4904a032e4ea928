"""Trees to build from, and installations of a wheel."""

import shutil
import sys
from pathlib import Path

from tests.acceptance.commands import check, documented
from tests.architecture.source import ROOT, committed

DISTRIBUTION = Path("/usr/bin/python3")  # unlike that of a home directory, every user can run it
PYTHON = DISTRIBUTION if DISTRIBUTION.exists() else Path(sys.executable).resolve()


def copy_tree(target: Path) -> Path:
    """Copy all committed files; nothing is built there."""
    for name in committed():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name, follow_symlinks=False)
    return target


def install(release: Path, target: Path) -> Path:
    """Run the commands of docs/running.md that install a wheel, with another target; return the target."""
    commands = documented("docs/running.md", "test_wheel.py")
    assert "/opt/osit" in commands
    path = f"{PYTHON.parent}:/usr/bin:/bin"
    check("bash", "-euxc", commands.replace("/opt/osit", str(target)), cwd=release, PATH=path)
    return target
