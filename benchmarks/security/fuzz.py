"""F3: 5,000 documents by schemathesis, for every operation and as every role; nothing breaks and nothing leaks."""

import argparse
import os
import subprocess
import sys
import time

PROCESSES = 2
FUZZ = "tests/fuzz/test_fuzz.py"


def main() -> int:
    """Print what was sent, answered and found; the exit code is 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1, help="another one sends other documents")
    given = parser.parse_args()
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", FUZZ]
    share = {"OSIT_TEST_CASES": str(-(-given.cases // PROCESSES))}
    running = [
        subprocess.Popen(  # noqa: S603 - our own test
            command,
            env={**os.environ, **share, "OSIT_TEST_SEED": str(given.seed * PROCESSES + number)},
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
            print("\n".join(line for line in text.splitlines() if line.startswith("finding: "))[:8000] or text[-4000:])
    print(f"in {time.monotonic() - began:.0f} s, {PROCESSES} processes")
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
