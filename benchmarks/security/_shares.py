"""One long test of the suite, its work shared between processes: each has its own seed, and a database of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

PROCESSES = 2
PATIENCE = 3600
"""Seconds after which a share hangs, and says where."""


def run(test: str, seed: int, share: dict[str, int], is_finding: Callable[[str], bool]) -> int:
    """Print each process's figures and what it found; return 1 when any failed.

    `share`: the variables that say how much there is to do in all, of which each process does its part.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", test]
    command += ["-o", f"faulthandler_timeout={PATIENCE}"]  # it is long because much is asked of it
    parts = {name: str(-(-amount // PROCESSES)) for name, amount in share.items()}
    running = [
        subprocess.Popen(  # noqa: S603 - our own test
            command,
            env={**os.environ, **parts, "OSIT_TEST_SEED": str(seed * PROCESSES + number)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    said = [process.communicate()[0] for process in running]
    failed = [process.returncode for process in running]
    for text, code in zip(said, failed, strict=True):
        figures = [line for line in text.splitlines() if line.startswith("figures: ")]
        print(figures[-1] if figures else text)
        if code:
            print("\n".join(filter(is_finding, text.splitlines()))[:8000] or text[-4000:])
    print(f"in {time.monotonic() - began:.0f} s, {PROCESSES} processes")
    return int(any(failed))
