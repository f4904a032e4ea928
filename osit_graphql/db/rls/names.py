"""Whom the wall holds, and which tables stand without one: all of it that a process which serves must know."""

from typing import Final

API: Final = "osit_api"
"""The role that policies and grants are given to; whoever the API connects as is a member of it."""
OPEN: Final = {
    "alembic_version": "which migration was the last; nobody's data",
    "report_zone": "the company's time zone: nobody's data, and read through osit_zone() alone",
}
"""Tables without a wall, and why."""
UNFORCED: Final = {"ticket_document": "its owner's osit_rare reads its statistics, which FORCE hides from anybody"}
"""Tables whose owner passes without a policy, and why; the API is never their owner."""
