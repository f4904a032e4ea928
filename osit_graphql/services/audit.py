"""Compares tickets, history and interventions with their seals, to find changes made past the application.

Triggers write the seals, and PostgreSQL compares them (migration 0012, docs/decisions/0021).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System

SLICE_SIZE = 2_000  # tickets compared by one statement, in a snapshot of its own
ID_RANGE = (-(2**31), 2**31 - 1)
NO_TIMEOUT = text("SELECT set_config('statement_timeout', '0', true)")
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
    """A row that differs from its seal; `kind` is a key of `SENTENCES`."""

    ticket_id: int
    activity_id: int | None
    kind: str

    def __str__(self) -> str:
        """Describe it in one line, with the id of the history row."""
        row = "" if self.activity_id is None else f", history row {self.activity_id}"
        return f"ticket {self.ticket_id}{row}: {SENTENCES[self.kind]}"


@dataclass(frozen=True)
class SliceResult:
    """The result of one slice: the number of tickets and of seals, and the differences."""

    tickets: int
    seals: int
    differences: list[Difference]


async def list_slices(database: Database, size: int = SLICE_SIZE) -> list[tuple[int, int]]:
    """Return the last ticket id and the number of tickets of each slice."""
    async with database.reading(System.AUDIT) as session:
        await session.execute(NO_TIMEOUT)
        return [(row.last, row.tickets) for row in await session.execute(SLICES, {"size": size})]


async def verify(database: Database, slices: list[tuple[int, int]]) -> AsyncIterator[SliceResult]:
    """Compare everything, slice by slice, while others write; rows without a ticket belong to the slice of their id."""
    first = ID_RANGE[0]
    ends = [*slices[:-1], (ID_RANGE[1], slices[-1][1])] if slices else [(ID_RANGE[1], 0)]
    for last, tickets in ends:
        async with database.reading(System.AUDIT) as session:
            await session.execute(NO_TIMEOUT)
            rows = (await session.execute(AUDIT, {"first": first, "last": last})).all()
        differences = (Difference(row.ticket, row.activity, row.difference) for row in rows if row.difference)
        yield SliceResult(tickets, sum(row.entries for row in rows), list(dict.fromkeys(differences)))
        first = last + 1
