"""A1: 20,000 random queries by viewers of every role and combination of roles; no response has hidden values."""

import argparse
import sys

from benchmarks.security import _parallel_test

TEST = "tests/leaks/test_watch.py"


def main() -> int:
    """Print queries, responses and leaks; return 1 if there was a leak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="another seed sends other queries")
    arguments = parser.parse_args()
    return _parallel_test.run(
        TEST, arguments.seed, {"OSIT_TEST_QUESTIONS": arguments.questions}, lambda line: "LEAK:" in line
    )


if __name__ == "__main__":
    sys.exit(main())
