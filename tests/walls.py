"""Which walls stand while tests run: both, or with OSIT_TEST_WALLS=first or =second that one alone."""

import os

BOTH, FIRST, SECOND = "both", "first", "second"
STANDING = os.environ.get("OSIT_TEST_WALLS", BOTH)
if STANDING not in {BOTH, FIRST, SECOND}:
    raise ValueError(f"OSIT_TEST_WALLS is {BOTH}, {FIRST} or {SECOND}")
