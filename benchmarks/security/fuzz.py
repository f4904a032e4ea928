"""F3: 5,000 documents by schemathesis, for every operation and role; no internal error and no leak."""

import argparse
import sys

from benchmarks.security import _parallel_test

FUZZ = "tests/fuzz/test_fuzz.py"


def main() -> int:
    """Print requests, responses and findings; return 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1, help="another seed sends other documents")
    arguments = parser.parse_args()
    return _parallel_test.run(
        FUZZ, arguments.seed, {"OSIT_TEST_CASES": arguments.cases}, lambda line: line.startswith("finding: ")
    )


if __name__ == "__main__":
    sys.exit(main())
