"""Run one long test of the suite in several processes, each with its own seed and database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

PROCESSES = 2
HANG_TIMEOUT_S = 3600
"""Seconds after which a process counts as hanging and prints its stack."""


def run(test: str, seed: int, share: dict[str, int], is_finding: Callable[[str], bool]) -> int:
    """Print the figures and findings of each process; return 1 if one failed.

    `share`: environment variables with total amounts of work, which are divided among the processes.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", test]
    command += ["-o", f"faulthandler_timeout={HANG_TIMEOUT_S}"]  # the test is long
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
    outputs = [process.communicate()[0] for process in running]
    failed = [process.returncode for process in running]
    for text, code in zip(outputs, failed, strict=True):
        figures = [line for line in text.splitlines() if line.startswith("figures: ")]
        print(figures[-1] if figures else text)
        if code:
            print("\n".join(filter(is_finding, text.splitlines()))[:8000] or text[-4000:])
    print(f"in {time.monotonic() - began:.0f} s, {PROCESSES} processes")
    return int(any(failed))
