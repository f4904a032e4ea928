"""Which walls stand while tests run: both, or with OSIT_TEST_WALLS=first or =second that one alone."""

import os

import pytest

BOTH, FIRST, SECOND = "both", "first", "second"
STANDING = os.environ.get("OSIT_TEST_WALLS", BOTH)
if STANDING not in {BOTH, FIRST, SECOND}:
    raise ValueError(f"OSIT_TEST_WALLS is {BOTH}, {FIRST} or {SECOND}")

weaker = pytest.mark.skipif(
    STANDING == SECOND,
    reason="row security alone leaves a ticket until the end of the transaction that wrote on it, the names of "
    "the desk's own people, and acting through whichever role sees (decision 0015)",
)
