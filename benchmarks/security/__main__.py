"""Run every measurement of this package in its own process: `make bench-security`."""

import pkgutil
import subprocess
import sys

from benchmarks import security


def main() -> int:
    """Return the number of failed measurements; arguments select them by name."""
    chosen = set(sys.argv[1:])
    names = [module.name for module in pkgutil.iter_modules(security.__path__) if not module.name.startswith("_")]
    failed = 0
    for name in names:
        if chosen and name not in chosen:
            continue
        print(f"## {name}\n", flush=True)
        command = [sys.executable, "-m", f"benchmarks.security.{name}"]
        failed += bool(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own modules
        print(flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
