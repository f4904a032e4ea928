"""Reporting work done on a ticket, and taking such a report back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Cause, Intervention
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind
from osit_graphql.domain.user_errors import AlreadyVoided, InTheFuture, OutOfRange
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.hourly_rates import hold_rates, labour, rate_on
from osit_graphql.services.tickets.ticket_command import Outcome, TicketCommand, load_for_update
from osit_graphql.services.validation import at


@dataclass(frozen=True)
class Work:
    """What was done: when it began, how long it took in minutes, what it came from, and what it cost beside time."""

    started_at: datetime
    minutes: int
    cause_id: int
    expenses: Decimal | None = None


async def log_intervention(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    work: Work,
    *,
    zone: ZoneInfo,
    comment: str | None,
    expected_version: int | None = None,
) -> Outcome:
    """Report what was done; it keeps the rate of the technician's service on the day the work started."""
    if viewer.service_id is not None:
        await hold_rates(session, viewer.service_id)
    deed = await load_for_update(
        session, viewer, Action.LOG_INTERVENTION, ticket_id, comment=comment, expected_version=expected_version
    )
    if work.minutes not in permissions.MINUTES:
        deed.form.add(OutOfRange(at("minutes"), permissions.MINUTES[0], permissions.MINUTES[-1]))
    if work.started_at > deed.at:
        deed.form.add(InTheFuture(at("startedAt")))
    expenses = deed.form.money(work.expenses, at("expenses"))
    await deed.form.references(session, {"causeId": (Cause, work.cause_id)})
    deed.standing()
    return await _write(deed, work, expenses or Decimal(0), zone)


async def _write(deed: TicketCommand, work: Work, expenses: Decimal, zone: ZoneInfo) -> Outcome:
    service_id = deed.viewer.service_id
    if service_id is None:
        raise AssertionError("only a technician logs an intervention")
    rate = await rate_on(deed.session, service_id, work.started_at, zone)
    activity_id = await deed.write(ActivityKind.INTERVENTION)
    line = {
        "activity_id": activity_id,
        "ticket_id": deed.standing().id,
        "technician_id": deed.viewer.user_id,
        "service_id": service_id,
        "cause_id": work.cause_id,
        "started_at": work.started_at,
        "started_on": work.started_at.astimezone(zone).date(),
        "minutes": work.minutes,
        "hourly_rate": rate,
        "labour": labour(work.minutes, rate),
        "expenses": expenses,
    }
    await deed.session.execute(insert(Intervention).values(line))
    return deed.outcome()


async def void_intervention(
    session: Session,
    viewer: Viewer,
    intervention_id: int,
    *,
    comment: str | None,
    expected_version: int | None = None,
) -> Outcome:
    """Take a report back: it stays in the history, marked, and leaves every figure."""
    holding = permissions.authorize(viewer.roles, Action.VOID_INTERVENTION)
    own = permissions.RULES[Action.VOID_INTERVENTION].own
    found = visibility.interventions(viewer, Intervention.ticket_id, roles=holding, own=own)
    ticket_id = await session.scalar(found.where(Intervention.activity_id == intervention_id))
    deed = await load_for_update(
        session, viewer, Action.VOID_INTERVENTION, ticket_id, comment=comment, expected_version=expected_version
    )
    key = Intervention.activity_id == intervention_id
    if ticket_id is not None and await session.scalar(
        visibility.interventions(viewer, Intervention.voided_by).where(key)
    ):
        deed.form.add(AlreadyVoided(("id",)))
    voided_by = await deed.write(ActivityKind.INTERVENTION_VOIDED, intervention_id=intervention_id)
    await session.execute(update(Intervention).where(key).values(voided_by=voided_by))
    return deed.outcome()
