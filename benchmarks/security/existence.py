"""A8: response times for hidden and absent objects, in turns: p50 in milliseconds, over 2,000 pairs."""

import os
import subprocess
import sys

WAYS = 8
PAIRS = 2_000
TEST = "tests/leaks/test_hidden_and_missing_objects_alternate.py"


def main() -> int:
    """Print a line for each kind of request: hidden, absent, difference and ratio."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", TEST]
    environment = os.environ | {"OSIT_TEST_PAIRS": str(PAIRS // WAYS)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)  # noqa: S603 - our own test
    figures = [line.partition("figures: ")[2] for line in done.stdout.splitlines() if line.startswith("figures: ")]
    print(f"{'':24} {'there':>8} {'absent':>8} {'ms':>8} {'share':>8}")
    print("\n".join(figures) or done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
