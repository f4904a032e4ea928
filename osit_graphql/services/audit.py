"""Comparing what the rows say with what they were sealed as: an edit behind history's back shows.

The seals are written by triggers, and compared in PostgreSQL (migration 0012, docs/decisions/0021).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System

SLICE = 2_000  # tickets compared by one statement, in a snapshot of its own
EDGES = (-(2**31), 2**31 - 1)
UNHURRIED = text("SELECT set_config('statement_timeout', '0', true)")
SLICES = text("SELECT last, tickets FROM osit_audit_slices(:size)")
AUDIT = text("SELECT ticket, activity, difference, entries FROM osit_audit(:first, :last)")

SENTENCES = {
    "ACTIVITY_CHANGED": "this history row or its seal is not what was written",
    "ACTIVITY_NOT_SEALED": "this history row was written past the seals",
    "ACTIVITY_REMOVED": "this history row is gone",
    "INTERVENTION_CHANGED": "this intervention's figures are not those that were written",
    "INTERVENTION_NOT_SEALED": "this intervention was written past the seals",
    "INTERVENTION_REMOVED": "this intervention's figures are gone",
    "SALT_REMOVED": "the salt of this history row's texts is gone, and the texts are there",
    "SEALED_TWICE": "this history row is sealed twice",
    "SEAL_REMOVED": "the seal before this one is gone",
    "TEXT_CHANGED": "this history row's texts are not those that were written",
    "TICKET_CHANGED": "the ticket is not as its last history row left it",
    "TICKET_NOT_SEALED": "the ticket was written past the seals",
    "TICKET_REMOVED": "the ticket is gone",
    "VERSION_OUT_OF_ORDER": "this history row is not of the action that it says",
    "VOIDING_CHANGED": "an intervention and its taking back don't agree",
    "WITNESSED_TICKET_REMOVED": "the ticket that was there when this one was opened is gone",
}


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was sealed; `kind` is one of `SENTENCES`."""

    ticket_id: int
    activity_id: int | None
    kind: str

    def __str__(self) -> str:
        """Say it in one line; a history row by its number in the database."""
        row = "" if self.activity_id is None else f", history row {self.activity_id}"
        return f"ticket {self.ticket_id}{row}: {SENTENCES[self.kind]}"


@dataclass(frozen=True)
class Page:
    """What was compared at once: so many tickets, so many seals, and what differs."""

    tickets: int
    seals: int
    differences: list[Difference]


async def list_slices(database: Database, size: int = SLICE) -> list[tuple[int, int]]:
    """Return each slice's last ticket and its number of tickets."""
    async with database.reading(System.AUDIT) as session:
        await session.execute(UNHURRIED)
        return [(row.last, row.tickets) for row in await session.execute(SLICES, {"size": size})]


async def find(database: Database) -> list[Difference]:
    """Return every difference, of everything at once."""
    slices = await list_slices(database)
    return [difference async for part in verify(database, slices) for difference in part.differences]


async def verify(database: Database, slices: list[tuple[int, int]]) -> AsyncIterator[Page]:
    """Compare everything, slice by slice, beside whoever writes; what is of no ticket belongs to its neighbours."""
    first = EDGES[0]
    ends = [*slices[:-1], (EDGES[1], slices[-1][1])] if slices else [(EDGES[1], 0)]
    for last, tickets in ends:
        async with database.reading(System.AUDIT) as session:
            await session.execute(UNHURRIED)
            rows = (await session.execute(AUDIT, {"first": first, "last": last})).all()
        found = (Difference(row.ticket, row.activity, row.difference) for row in rows if row.difference)
        yield Page(tickets, sum(row.entries for row in rows), list(dict.fromkeys(found)))
        first = last + 1
