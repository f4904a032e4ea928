"""F3: 5,000 documents by schemathesis, for every operation and as every role; nothing breaks and nothing leaks."""

import argparse
import sys

from benchmarks.security import _shares

FUZZ = "tests/fuzz/test_fuzz.py"


def main() -> int:
    """Print what was sent, answered and found; the exit code is 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1, help="another one sends other documents")
    given = parser.parse_args()
    return _shares.run(FUZZ, given.seed, {"OSIT_TEST_CASES": given.cases}, lambda line: line.startswith("finding: "))


if __name__ == "__main__":
    sys.exit(main())
