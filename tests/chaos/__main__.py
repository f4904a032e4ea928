"""`python -m tests.chaos [--short]`: faults under load, then a table; status 1 if a write was lost or doubled."""

import argparse

from tests.chaos.run import run


def main() -> None:
    """Run the full or the short form and print the table of docs/reliability.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one fault of each important kind, in a minute")
    parser.add_argument("only", nargs="*", help="only faults whose names contain one of these words")
    arguments = parser.parse_args()
    outcome = run(short=arguments.short, only=arguments.only)
    print(outcome.table())  # noqa: T201 - a program
    if outcome.failures():
        raise SystemExit(f"Not as promised: {outcome.failures()}")


if __name__ == "__main__":
    main()
