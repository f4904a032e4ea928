"""The commands that log an intervention on a ticket, and void one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Cause, Intervention
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Role
from osit_graphql.domain.user_errors import AlreadyVoided, EndsInTheFuture, InTheFuture, OutOfRange
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.hourly_rates import labour, lock_rates, rate_on
from osit_graphql.services.tickets.ticket_command import CommandContext, CommandResult, TicketCommand, load_for_update
from osit_graphql.services.validation import at


@dataclass(frozen=True)
class Work:
    """An intervention to log: its start, its duration in minutes, its cause, and its expenses."""

    started_at: datetime
    minutes: int
    cause_id: int
    expenses: Decimal | None = None


async def log_intervention(
    context: CommandContext,
    ticket_id: int,
    work: Work,
    *,
    zone: ZoneInfo,
    comment: str | None,
    expected_version: int | None = None,
) -> CommandResult:
    """Log an intervention, at the hourly rate of the technician's service on the day the work started."""
    if context.viewer.service_id is not None:
        await lock_rates(context.session, context.viewer.service_id)
    command = await load_for_update(
        context, Action.LOG_INTERVENTION, ticket_id, comment=comment, expected_version=expected_version
    )
    _check_times(command, work)
    expenses = command.validator.money(work.expenses, at("expenses"))
    await command.validator.references(context.session, {"causeId": (Cause, work.cause_id)})
    command.require_ticket()
    return await _insert(command, work, expenses or Decimal(0), zone)


def _check_times(command: TicketCommand, work: Work) -> None:
    in_range = work.minutes in permissions.MINUTES
    if not in_range:
        command.validator.add(OutOfRange(at("minutes"), permissions.MINUTES[0], permissions.MINUTES[-1]))
    if work.started_at > command.at:
        command.validator.add(InTheFuture(at("startedAt")))
    elif in_range and work.started_at + timedelta(minutes=work.minutes) > command.at:
        command.validator.add(EndsInTheFuture(at("minutes")))


async def _insert(command: TicketCommand, work: Work, expenses: Decimal, zone: ZoneInfo) -> CommandResult:
    service_id = command.viewer.service_id
    if service_id is None:
        raise AssertionError("only a technician logs an intervention")
    rate = await rate_on(command.session, service_id, work.started_at, zone)
    intervention = {
        "activity_id": await command.apply(ActivityKind.INTERVENTION),
        "ticket_id": command.require_ticket().id,
        "technician_id": command.viewer.user_id,
        "service_id": service_id,
        "cause_id": work.cause_id,
        "started_at": work.started_at,
        "started_on": work.started_at.astimezone(zone).date(),
        "minutes": work.minutes,
        "hourly_rate": rate,
        "labour": labour(work.minutes, rate),
        "expenses": expenses,
    }
    await statements.fetch(
        command.session,
        "insert intervention",
        lambda: insert(Intervention).values(column_params(intervention)),
        param_values(intervention),
    )
    return command.result()


async def void_intervention(
    context: CommandContext,
    intervention_id: int,
    *,
    comment: str | None,
    expected_version: int | None = None,
) -> CommandResult:
    """Void an intervention: it stays in the history, marked, and no report counts it."""
    session = context.session
    allowed_roles = permissions.authorize(context.viewer.roles, Action.VOID_INTERVENTION)
    ticket_id = await _find_ticket(session, context.viewer, intervention_id, allowed_roles)
    command = await load_for_update(
        context, Action.VOID_INTERVENTION, ticket_id, comment=comment, expected_version=expected_version
    )
    if ticket_id is not None and await _is_voided(session, context.viewer, intervention_id):
        command.validator.add(AlreadyVoided(("id",)))
    voided_by = await command.apply(ActivityKind.INTERVENTION_VOIDED, intervention_id=intervention_id)

    def voiding() -> Statement:
        return update(Intervention).where(Intervention.activity_id == param("id")).values(voided_by=param("voided_by"))

    await statements.fetch(session, "void intervention", voiding, {"id": intervention_id, "voided_by": voided_by})
    return command.result()


async def _find_ticket(
    session: Session, viewer: Viewer, intervention_id: int, allowed_roles: frozenset[Role]
) -> int | None:
    """Return the ticket of an intervention that the viewer may void, None when there is no such intervention."""
    own = permissions.RULES[Action.VOID_INTERVENTION].own

    def build(viewer: Viewer) -> Statement:
        voidable = visibility.interventions(viewer, Intervention.ticket_id, roles=allowed_roles, own=own)
        return voidable.where(Intervention.activity_id == param("id"))

    rows = await statements.fetch_as(
        session, viewer, ("voidable intervention", allowed_roles), build, {"id": intervention_id}
    )
    return rows[0].ticket_id if rows else None


async def _is_voided(session: Session, viewer: Viewer, intervention_id: int) -> bool:
    def build(viewer: Viewer) -> Statement:
        return visibility.interventions(viewer, Intervention.voided_by).where(Intervention.activity_id == param("id"))

    rows = await statements.fetch_as(session, viewer, "voided intervention", build, {"id": intervention_id})
    return bool(rows and rows[0].voided_by)
