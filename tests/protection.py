"""Protection during tests: both kinds, or only one with OSIT_TEST_PROTECTION=visibility or =rls."""

import os

import pytest

BOTH, VISIBILITY, RLS = "both", "visibility", "rls"
PROTECTION = os.environ.get("OSIT_TEST_PROTECTION", BOTH)
if PROTECTION not in {BOTH, VISIBILITY, RLS}:
    raise ValueError(f"OSIT_TEST_PROTECTION is {BOTH}, {VISIBILITY} or {RLS}")

weaker_under_rls = pytest.mark.skipif(
    PROTECTION == RLS,
    reason="row-level security alone shows a ticket until the end of the transaction that re-routed it, shows the "
    "names of staff, and allows actions through any role that sees the ticket (decision 0015)",
)
