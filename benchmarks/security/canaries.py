"""A1: 20,000 random questions by people of every role and union of roles; nobody is told what they may not know."""

import argparse
import sys

from benchmarks.security import _shares

WATCH = "tests/leaks/test_watch.py"


def main() -> int:
    """Print what was asked, told and leaked; the exit code is 1 when anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="another one asks other questions")
    given = parser.parse_args()
    return _shares.run(WATCH, given.seed, {"OSIT_TEST_QUESTIONS": given.questions}, lambda line: "was told" in line)


if __name__ == "__main__":
    sys.exit(main())
