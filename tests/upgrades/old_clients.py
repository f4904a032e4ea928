"""Writers and readers for old schemas: plain SQL as the owner, with the activities that the oldest triggers require."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from sqlalchemy import text

from osit_graphql.db.engine import Database, Session
from osit_graphql.domain.viewer import System

COMPANY = (
    "INSERT INTO site (name, name_key) VALUES ('Lyon', 'lyon')",
    "INSERT INTO service (name, name_key) VALUES ('Réseau', 'reseau'), ('Développement', 'developpement')",
    "INSERT INTO application (name, name_key) VALUES ('Paie', 'paie'), ('Stocks', 'stocks')",
    "INSERT INTO cause (name, name_key) VALUES ('Câble', 'cable')",
    """INSERT INTO person (name, name_key, email, roles, service_id)
        VALUES ('Ada', 'ada', 'ada@example.org', ARRAY['TECHNICIAN', 'REQUESTER'], 1)""",
)
NEW_TICKET = """
INSERT INTO ticket (title, description, status, severity, criticality, priority, requester_id, application_id,
    service_id, site_id, opened_at, updated_at)
VALUES (:title, 'Plus rien ne marche', 'OPEN', 'MINOR', 'BLOCKING', 'NORMAL', 1, 1, 1, 1, now(), now()) RETURNING id
"""
OPENED_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, to_service_id)
VALUES (:ticket, 1, 'OPENED', 1, now(), 1) RETURNING id
"""
NEXT_VERSION = "UPDATE ticket SET version = version + 1, updated_at = now() WHERE id = :ticket RETURNING version"
COMMENT_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, internal, intervention_id)
VALUES (:ticket, :version, :kind, 1, now(), :comment, :internal, :line) RETURNING id
"""
INTERVENTION_ROW = """
INSERT INTO intervention (activity_id, ticket_id, technician_id, service_id, cause_id, started_at, started_on, minutes)
VALUES (:activity, :ticket, 1, 1, 1, now(), current_date, 30)
"""
VOID_INTERVENTION = "UPDATE intervention SET voided_by = :activity WHERE activity_id = :line"
CLOSE_TICKET = """
UPDATE ticket SET version = version + 1, updated_at = now(), status = 'CLOSED', closed_at = now() WHERE id = :ticket
RETURNING version
"""
STATUS_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, from_status, to_status)
VALUES (:ticket, :version, 'STATUS_CHANGE', 1, now(), 'réglé', 'OPEN', 'CLOSED') RETURNING id
"""
REOPEN_TICKET = """
UPDATE ticket SET version = version + 1, updated_at = now(), status = 'OPEN', closed_at = NULL,
    reopen_count = reopen_count + 1 WHERE id = :ticket RETURNING version
"""
REOPENING_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, from_status, to_status)
VALUES (:ticket, :version, 'STATUS_CHANGE', 1, now(), 'pas réglé', 'CLOSED', 'OPEN') RETURNING id
"""
REROUTE_TICKET = """
UPDATE ticket SET version = version + 1, updated_at = now(), service_id = 2, reroute_count = reroute_count + 1
WHERE id = :ticket RETURNING version
"""
REROUTING_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, from_service_id, to_service_id)
VALUES (:ticket, :version, 'REROUTING', 1, now(), 'pas le réseau', 1, 2) RETURNING id
"""
CORRECT_TICKET = """
UPDATE ticket SET version = version + 1, updated_at = now(), application_id = 2 WHERE id = :ticket RETURNING version
"""
QUALIFICATION_ROW = """
INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, from_severity, to_severity,
    from_criticality, to_criticality, from_application_id, to_application_id, from_requester_id, to_requester_id,
    from_site_id, to_site_id, from_title, to_title)
SELECT id, :version, 'QUALIFICATION', 1, now(), 'les stocks', severity, severity,
    criticality, criticality, 1, application_id, requester_id, requester_id, site_id, site_id, title, title
FROM ticket WHERE id = :ticket RETURNING id
"""
LONG_COMMENTS = 30  # of 600 octets: several parts of search documents
MAX_ATTEMPTS = 5  # of one write
_numbers = count(1)

Step = Callable[[Session], Awaitable[int]]


@dataclass
class Writer:
    """A writer, and its acknowledged writes."""

    database: Database
    activities: list[int] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    longest: float = 0.0

    async def ticket(self) -> None:
        """Create a ticket, comment, log two interventions, void one, re-route, correct, close, reopen, close.

        Each is its own transaction. The ticket leaves its service before it is corrected and reopened.
        """
        title = f"Panne panne{next(_numbers)}x"
        number = await self._try(lambda session: self._open(session, title))
        self.titles[number] = title
        self.activities.append(await self._try(lambda session: self._say(session, number, "visible", internal=False)))
        first = await self._try(lambda session: self._work(session, number))
        second = await self._try(lambda session: self._work(session, number))
        voiding = await self._try(lambda session: self._void(session, number, first))
        self.activities += [first, second, voiding]
        self.activities.append(await self._try(lambda session: self._say(session, number, "entre nous", internal=True)))
        for change in (
            (REROUTE_TICKET, REROUTING_ROW),
            (CORRECT_TICKET, QUALIFICATION_ROW),
            (CLOSE_TICKET, STATUS_ROW),
            (REOPEN_TICKET, REOPENING_ROW),
            (CLOSE_TICKET, STATUS_ROW),
        ):
            self.activities.append(await self._try(partial(self._change, number, *change)))
        self.closed.append(number)

    async def long_ticket(self) -> int:
        """Create a ticket with many comments, every seventh internal; return its number."""
        title = f"Longue panne{next(_numbers)}x"
        number = await self._try(lambda session: self._open(session, title))
        self.titles[number] = title
        for place in range(LONG_COMMENTS):
            words = " ".join(f"mot{place}n{word}" for word in range(60))
            await self.comment(number, words, internal=place % 7 == 3)
        return number

    async def comment(self, ticket: int, words: str, *, internal: bool = False) -> None:
        """Comment on a ticket."""
        self.activities.append(await self._try(partial(self._comment, ticket, words, internal=internal)))

    async def until(self, done: asyncio.Event) -> None:
        """Write until the event is set, and one ticket more."""
        while not done.is_set():
            await self.ticket()
        await self.ticket()

    async def _try(self, step: Step) -> int:
        started = time.monotonic()
        for _ in range(MAX_ATTEMPTS):
            try:
                async with self.database.transaction(System.HEALTH) as session:
                    made = await step(session)
            except Exception as error:  # noqa: BLE001 - the test examines it
                self.failures.append(repr(error))
            else:
                self.longest = max(self.longest, time.monotonic() - started)
                return made
        self.lost.append(self.failures[-1])
        raise AssertionError(self.failures[-MAX_ATTEMPTS:])

    async def _open(self, session: Session, title: str) -> int:
        number = await _ask(session, NEW_TICKET, title=title)
        await _ask(session, OPENED_ROW, ticket=number)
        return number

    async def _say(self, session: Session, ticket: int, words: str, *, internal: bool) -> int:
        version = await _ask(session, NEXT_VERSION, ticket=ticket)
        return await _note(session, ticket, version, "COMMENT", words, internal=internal)

    async def _comment(self, ticket: int, words: str, session: Session, *, internal: bool) -> int:
        return await self._say(session, ticket, words, internal=internal)

    async def _work(self, session: Session, ticket: int) -> int:
        version = await _ask(session, NEXT_VERSION, ticket=ticket)
        line = await _note(session, ticket, version, "INTERVENTION", "câble changé")
        await session.execute(text(INTERVENTION_ROW), {"activity": line, "ticket": ticket})
        return line

    async def _void(self, session: Session, ticket: int, line: int) -> int:
        version = await _ask(session, NEXT_VERSION, ticket=ticket)
        voiding = await _note(session, ticket, version, "INTERVENTION_VOIDED", "pas le bon", line=line)
        await session.execute(text(VOID_INTERVENTION), {"activity": voiding, "line": line})
        return voiding

    async def _change(self, ticket: int, update: str, row: str, session: Session) -> int:
        version = await _ask(session, update, ticket=ticket)
        return await _ask(session, row, ticket=ticket, version=version)


async def _note(
    session: Session,
    ticket: int,
    version: int,
    kind: str,
    words: str,
    *,
    internal: bool = False,
    line: int | None = None,
) -> int:
    values = {"version": version, "kind": kind, "comment": words, "internal": internal, "line": line}
    return await _ask(session, COMMENT_ROW, ticket=ticket, **values)


async def _ask(session: Session, statement: str, **parameters: object) -> int:
    return int((await session.execute(text(statement), parameters)).scalar_one())


@dataclass
class Reader:
    """A reader that counts tickets, one snapshot after the other."""

    database: Database
    failures: list[str] = field(default_factory=list)

    async def until(self, done: asyncio.Event, known: Callable[[], int]) -> None:
        """Read; the count is never below the acknowledged tickets."""
        while not done.is_set():
            before = known()
            try:
                async with self.database.reading(System.HEALTH) as session:
                    seen = await _ask(session, "SELECT count(*) FROM ticket")
            except Exception as error:  # noqa: BLE001 - the test examines it
                self.failures.append(repr(error))
            else:
                if seen < before:
                    self.failures.append(f"{seen} tickets of {before}")
            await asyncio.sleep(0.01)
