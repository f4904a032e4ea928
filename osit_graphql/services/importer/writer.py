"""Writes an import: a batch of tickets in each transaction, each ticket once, each change with its activity."""

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
from osit_graphql.services.importer.entities import external_reference
from osit_graphql.services.importer.entity_store import LOOKUP_BATCH_SIZE, EntityIds, create_entities, find_entities
from osit_graphql.services.importer.history_builder import History, Step
from osit_graphql.services.importer.plan import Plan
from osit_graphql.services.importer.row_builder import Values, activity_columns, opening_columns, ticket_updates

TICKETS_PER_TRANSACTION = 50
# An operator sees all tickets, so that an import finds every existing one.
OPERATOR_VIEWER = Viewer(0, frozenset({Role.OPERATOR}))


@dataclass
class ImportResult:
    """The numbers of existing and created tickets and entities, by table; a dry run counts those to create."""

    existing: dict[str, int] = field(default_factory=dict)
    created: dict[str, int] = field(default_factory=dict)


async def import_incidents(
    database: Database,
    plan: Plan,
    zone: ZoneInfo,
    *,
    dry_run: bool = False,
    advance: Callable[[int], object] = lambda _: None,
    batch: int = TICKETS_PER_TRANSACTION,
) -> ImportResult:
    """Write the tickets that do not exist yet, or only count them; `advance` receives the number of finished tickets.

    Each transaction writes `batch` complete tickets; after an interruption the next run writes the others.
    `zone` is the time zone of the company.
    """
    async with database.reading(System.IMPORT) as session:
        existing = await _find_tickets(session, plan)
        pending = [
            history for history in plan.histories if external_reference(history.number, plan.mapping) not in existing
        ]
        needed = plan.directory.subset(pending, plan.mapping)
        existing_counts = (await find_entities(session, plan.directory, plan.mapping)).existing_counts
        entity_ids = await find_entities(session, needed, plan.mapping)
    advance(len(existing))
    if pending and not dry_run:
        async with database.transaction(System.IMPORT) as session:
            entity_ids = await create_entities(session, needed, plan.mapping)
    for start in range(0, 0 if dry_run else len(pending), batch):
        histories = pending[start : start + batch]
        async with database.transaction(System.IMPORT) as session:
            await _write(session, histories, plan, entity_ids, zone)
        advance(len(histories))
    return ImportResult(
        {"tickets": len(existing), **existing_counts}, {"tickets": len(pending), **entity_ids.missing_counts}
    )


async def _find_tickets(session: Session, plan: Plan) -> set[str]:
    wanted = [external_reference(history.number, plan.mapping) for history in plan.histories]
    references: set[str] = set()
    for start in range(0, len(wanted), LOOKUP_BATCH_SIZE):
        chunk = wanted[start : start + LOOKUP_BATCH_SIZE]
        rows = await session.scalars(
            visibility.tickets(OPERATOR_VIEWER, Ticket.external_ref).where(Ticket.external_ref.in_(chunk))
        )
        references.update(rows)
    return references


async def _write(
    session: Session, histories: Sequence[History], plan: Plan, entity_ids: EntityIds, zone: ZoneInfo
) -> None:
    """Write tickets: the opening, then one version at a time, so that PostgreSQL checks each change."""
    openings = [opening_columns(history, entity_ids, plan.mapping) for history in histories]
    made = insert_once(Ticket).on_conflict_do_nothing().returning(Ticket.external_ref, Ticket.id)
    # A concurrent import may have written some of the tickets; this one skips them.
    ids = dict((await session.execute(made, openings)).all())
    named = {external_reference(history.number, plan.mapping): history for history in histories}
    written = [(ids[external], history) for external, history in named.items() if external in ids]
    if not written:
        return
    rounds = ([{"key": key, **values} for values in ticket_updates(history, entity_ids)] for key, history in written)
    for values in zip_longest(*rounds):
        await _update(session, [value for value in values if value is not None])
    steps = [(ticket_id, history, step) for ticket_id, history in written for step in history.steps]
    insert_activities = insert(Activity).returning(Activity.id, sort_by_parameter_order=True)
    rows = [activity_columns(step, ticket_id, entity_ids) for ticket_id, _, step in steps]
    activity_ids = (await session.scalars(insert_activities, rows)).all()
    for activity_id, (ticket_id, history, step) in zip(activity_ids, steps, strict=True):
        if step.minutes:
            line = await _price(session, step, history, entity_ids, zone)
            await session.execute(insert(Intervention).values(activity_id=activity_id, ticket_id=ticket_id, **line))


async def _update(session: Session, rows: list[Values]) -> None:
    names = [name for name in rows[0] if name != "key"]
    statement = update(Ticket).where(Ticket.id == bindparam("key"))
    await session.execute(statement.values({name: bindparam(name) for name in names}), rows)


async def _price(session: Session, step: Step, history: History, entity_ids: EntityIds, zone: ZoneInfo) -> Values:
    """Return an intervention's columns; it ends at its step, at the rate of the technician's service that day."""
    minutes = step.minutes or 0
    started_at = step.at - timedelta(minutes=minutes)
    technician_id = entity_ids.get("people", step.author)
    # An existing person may have no service; then the work belongs to the ticket's service.
    service_id = await session.scalar(select(Person.service_id).where(Person.id == technician_id))
    service_id = service_id or entity_ids.ids["services"][name_key(step.before.service)]
    await lock_rates(session, service_id)
    rate = await rate_on(session, service_id, started_at, zone)
    return {
        "technician_id": technician_id,
        "service_id": service_id,
        "cause_id": entity_ids.get("causes", history.cause),
        "started_at": started_at,
        "started_on": started_at.astimezone(zone).date(),
        "minutes": minutes,
        "hourly_rate": rate,
        "labour": labour(minutes, rate),
    }
