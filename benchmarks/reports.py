"""Reports: the two that dashboards ask for every few seconds, and others that are in proportion to their period."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from benchmarks.desk import Desk
from benchmarks.operation import Operation
from benchmarks.sizes import TODAY
from osit_graphql.services.periods import Period
from osit_graphql.services.reports import costs, flow, recurrences
from osit_graphql.services.reports.questions import Dimension, Question
from osit_graphql.vocabulary import Role

LAST = TODAY.date() - timedelta(days=1)
MONEY = "interventions minutes unpricedMinutes labour { amount } expenses { amount } total { amount }"
COSTS = f"""query ($period: Period!, $by: [CostDimension!]!) {{ maintenanceCosts(period: $period, groupBy: $by) {{
  total {{ {MONEY} }} rows {{ application {{ id name }} cause {{ id name }} month
  figures {{ {MONEY} }} }} }} }}"""
RECURRENCES = f"""query ($period: Period!, $by: [RecurrenceDimension!]!) {{
  recurrences(period: $period, groupBy: $by) {{
  application {{ id name }} cause {{ id name }} occurrences previousOccurrences reopened meanDaysBetween
  firstAt lastAt figures {{ {MONEY} }} }} }}"""
FLOW = """query ($period: Period!, $by: [FlowDimension!]!) { ticketFlow(period: $period, groupBy: $by) {
  month opened closed reopened rerouted medianHoursToClose } }"""


def operations() -> Iterator[Operation]:
    """Yield them; the first two are what `Question` defaults to in the API."""
    application, cause, month = Dimension.APPLICATION, Dimension.CAUSE, Dimension.MONTH
    for role, days, by in (
        (Role.MANAGER, 365, (application,)),
        (Role.MANAGER, 365, (month,)),
        (Role.MANAGER, 365, (application, month)),
        (Role.MANAGER, 30, (cause,)),
        (Role.TECHNICIAN, 90, (application,)),
    ):
        yield _operation("maintenanceCosts", COSTS, role, days, by)
    yield _operation("recurrences", RECURRENCES, Role.MANAGER, 90, (application, cause))
    yield _operation("recurrences", RECURRENCES, Role.TECHNICIAN, 90, (application, cause))
    yield _operation("ticketFlow", FLOW, Role.MANAGER, 30, (month,))


def _operation(field: str, document: str, role: Role, days: int, by: tuple[Dimension, ...]) -> Operation:
    label = f"`{field}` by {' × '.join(name.value.lower() for name in by)} over {days} days, as {role}"
    call = partial(_call, field=field, role=role, days=days, by=by)
    return Operation("Reports", label, role, call, document, partial(_variables, days=days, by=by))


def _period(turn: int, days: int) -> Period:
    """Return so many days, ending on another day at every turn."""
    last = LAST - timedelta(days=turn % 40)
    return Period(last - timedelta(days=days - 1), last)


async def _call(desk: Desk, turn: int, *, field: str, role: Role, days: int, by: tuple[Dimension, ...]) -> Any:
    question, viewer = Question(_period(turn, days), by), desk.viewers[role]
    async with desk.database.reading() as session:
        if field == "maintenanceCosts":
            return await costs.maintenance_costs(session, viewer, question)
        if field == "recurrences":
            return await recurrences.recurrences(session, viewer, question, least=3, first=20)
        return await flow.ticket_flow(session, viewer, question, zone=desk.settings.zone)


async def _variables(_desk: Desk, turn: int, *, days: int, by: tuple[Dimension, ...]) -> dict[str, Any]:
    period = _period(turn, days)
    return {"period": {"from": f"{period.start}", "to": f"{period.end}"}, "by": [name.value for name in by]}
