"""Writing an import: a batch of tickets a transaction, each ticket once, every change with its history row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from osit_graphql.db import visibility
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Activity, Intervention, Person, Ticket, name_key
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.directory.hourly_rates import labour, lock_rates, rate_on
from osit_graphql.services.importer.entities import reference
from osit_graphql.services.importer.entity_store import CHUNK, Registry, find, register
from osit_graphql.services.importer.history_builder import History, Step
from osit_graphql.services.importer.plan import Plan
from osit_graphql.services.importer.row_builder import Values, changes, opening, recorded

BATCH = 50
# An import looks for what is already here as the desk would: among all tickets.
DESK = Viewer(0, frozenset({Role.OPERATOR}))


@dataclass
class Outcome:
    """How many tickets and directory entries were already here, and how many were made or would be, by table."""

    found: dict[str, int] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)


async def import_incidents(
    database: Database,
    plan: Plan,
    zone: ZoneInfo,
    *,
    dry_run: bool = False,
    advance: Callable[[int], object] = lambda _: None,
    batch: int = BATCH,
) -> Outcome:
    """Write what is not here yet, or only count it; `advance` is told how many tickets more are done.

    `batch` is how many tickets go in one transaction.
    Killed half-way, it leaves whole tickets, and the next run writes the others. `zone` is the company's.
    """
    async with database.reading(System.IMPORT) as session:
        here = await _find_tickets(session, plan)
        pending = [history for history in plan.histories if reference(history.number, plan.layout) not in here]
        needed = plan.directory.narrow(pending, plan.layout)
        found = (await find(session, plan.directory, plan.layout)).found
        registry = await find(session, needed, plan.layout)
    advance(len(here))
    if pending and not dry_run:
        async with database.transaction(System.IMPORT) as session:
            registry = await register(session, needed, plan.layout)
    for start in range(0, 0 if dry_run else len(pending), batch):
        some = pending[start : start + batch]
        async with database.transaction(System.IMPORT) as session:
            await _write(session, some, plan, registry, zone)
        advance(len(some))
    return Outcome({"tickets": len(here), **found}, {"tickets": len(pending), **registry.made})


async def _find_tickets(session: Session, plan: Plan) -> set[str]:
    wanted = [reference(history.number, plan.layout) for history in plan.histories]
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = await session.scalars(
            visibility.tickets(DESK, Ticket.external_ref).where(Ticket.external_ref.in_(chunk))
        )
        found.update(rows)
    return found


async def _write(
    session: Session, histories: Sequence[History], plan: Plan, registry: Registry, zone: ZoneInfo
) -> None:
    """Write whole tickets: opened, then changed one version at a time, so that PostgreSQL checks every change."""
    openings = [opening(history, registry, plan.layout) for history in histories]
    made = insert_once(Ticket).on_conflict_do_nothing().returning(Ticket.external_ref, Ticket.id)
    # What another import under way has written meanwhile is left to it.
    ids = dict((await session.execute(made, openings)).all())
    named = {reference(history.number, plan.layout): history for history in histories}
    written = [(ids[external], history) for external, history in named.items() if external in ids]
    if not written:
        return
    rounds = ([{"key": key, **values} for values in changes(history, registry)] for key, history in written)
    for values in zip_longest(*rounds):
        await _update(session, [value for value in values if value is not None])
    steps = [(ticket_id, history, step) for ticket_id, history in written for step in history.steps]
    told = insert(Activity).returning(Activity.id, sort_by_parameter_order=True)
    rows = [recorded(step, ticket_id, registry) for ticket_id, _, step in steps]
    activity_ids = (await session.scalars(told, rows)).all()
    for activity_id, (ticket_id, history, step) in zip(activity_ids, steps, strict=True):
        if step.minutes:
            line = await _price(session, step, history, registry, zone)
            await session.execute(insert(Intervention).values(activity_id=activity_id, ticket_id=ticket_id, **line))


async def _update(session: Session, rows: list[Values]) -> None:
    names = [name for name in rows[0] if name != "key"]
    statement = update(Ticket).where(Ticket.id == bindparam("key"))
    await session.execute(statement.values({name: bindparam(name) for name in names}), rows)


async def _price(session: Session, step: Step, history: History, registry: Registry, zone: ZoneInfo) -> Values:
    """Return an intervention's line, ended at its step, at the rate that the technician's service had that day."""
    minutes = step.minutes or 0
    started_at = step.at - timedelta(minutes=minutes)
    technician_id = registry.get("people", step.author)
    # Somebody who was here already may be a technician elsewhere, or no more: then the ticket's service did the work.
    service_id = await session.scalar(select(Person.service_id).where(Person.id == technician_id))
    service_id = service_id or registry.ids["services"][name_key(step.before.service)]
    await lock_rates(session, service_id)
    rate = await rate_on(session, service_id, started_at, zone)
    return {
        "technician_id": technician_id,
        "service_id": service_id,
        "cause_id": registry.get("causes", history.cause),
        "started_at": started_at,
        "started_on": started_at.astimezone(zone).date(),
        "minutes": minutes,
        "hourly_rate": rate,
        "labour": labour(minutes, rate),
    }
