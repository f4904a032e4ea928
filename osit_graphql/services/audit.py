"""Compares tickets, the directory and their history with seals, to find changes made past the application.

Triggers write the seals, and PostgreSQL compares them (migrations 0012 and 0024, docs/decisions/0021 and 0044).
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
AUDIT_DIRECTORY = text("SELECT change, difference, entries FROM osit_audit_directory()")

SENTENCES = {
    "ACTIVITY_CHANGED": "this activity or its seal was changed",
    "ACTIVITY_NOT_SEALED": "this activity has no seal",
    "ACTIVITY_REMOVED": "this activity was removed",
    "INTERVENTION_CHANGED": "this intervention's figures were changed",
    "INTERVENTION_NOT_SEALED": "this intervention has no seal",
    "INTERVENTION_REMOVED": "this intervention's figures were removed",
    "SALT_REMOVED": "the salt of this activity's texts was removed, but not the texts",
    "SEALED_TWICE": "this activity has two seals",
    "SEAL_REMOVED": "the seal before this one was removed",
    "TEXT_CHANGED": "this activity's texts were changed",
    "TICKET_CHANGED": "the ticket differs from its last activity",
    "TICKET_NOT_SEALED": "the ticket has no seal",
    "TICKET_REMOVED": "the ticket was removed",
    "VERSION_OUT_OF_ORDER": "this activity's version is out of order",
    "VOIDING_CHANGED": "an intervention contradicts its voiding",
    "WITNESSED_TICKET_REMOVED": "the ticket that preceded this one was removed",
}

DIRECTORY_SENTENCES = {
    "CHANGE_ALTERED": "this row or its seal was changed",
    "CHANGE_NOT_SEALED": "this row has no seal",
    "CHANGE_REMOVED": "this row was removed",
    "CHANGE_SEALED_TWICE": "this row has two seals",
    "CHANGE_SEAL_REMOVED": "the seal before this one was removed",
    "CHANGE_TEXTS_ALTERED": "the name or the values of this row were changed",
    "OBJECT_ALTERED": "the object differs from this row, its last one",
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
class DirectoryDifference:
    """A row of the directory's history that differs from its seal; `kind` is a key of `DIRECTORY_SENTENCES`."""

    change_id: int
    kind: str

    def __str__(self) -> str:
        """Describe it in one line."""
        return f"directory change {self.change_id}: {DIRECTORY_SENTENCES[self.kind]}"


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


async def verify_directory(database: Database) -> tuple[int, list[DirectoryDifference]]:
    """Compare the directory and its history in one snapshot; return the number of seals, and the differences."""
    async with database.reading(System.AUDIT) as session:
        await session.execute(NO_TIMEOUT)
        rows = (await session.execute(AUDIT_DIRECTORY)).all()
    differences = [DirectoryDifference(row.change, row.difference) for row in rows if row.difference]
    return sum(row.entries for row in rows), differences
