"""Reports: those of dashboards, and others whose cost is proportional to the period."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from benchmarks.desk import Desk
from benchmarks.operation import Operation
from benchmarks.sizes import TODAY
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Role
from osit_graphql.services.reports import costs, flow, recurrences
from osit_graphql.services.reports.request import Dimension, ReportRequest

LAST = TODAY.date() - timedelta(days=1)
MONEY = "interventions minutes unpricedMinutes labour { amount } expenses { amount } total { amount }"
COSTS = f"""query ($period: Period!, $by: [CostDimension!]!) {{ maintenanceCosts(period: $period, groupBy: $by) {{
  total {{ {MONEY} }} rows {{ application {{ id name }} service {{ id name }} site {{ id name }} cause {{ id name }}
  month figures {{ {MONEY} }} }} }} }}"""
RECURRENCES = f"""query ($period: Period!, $by: [RecurrenceDimension!]!) {{
  recurrences(period: $period, groupBy: $by) {{
  application {{ id name }} site {{ id name }} cause {{ id name }} occurrences previousOccurrences reopened
  meanDaysBetween firstAt lastAt figures {{ {MONEY} }} }} }}"""
FLOW = """query ($period: Period!, $by: [FlowDimension!]!) { ticketFlow(period: $period, groupBy: $by) {
  application { id name } service { id name } site { id name } month
  opened closed reopened rerouted medianHoursToClose p90HoursToClose } }"""


def operations() -> Iterator[Operation]:
    """Yield them: what dashboards ask by default, of managers and of technicians, then the rest."""
    application, cause, service, month = Dimension.APPLICATION, Dimension.CAUSE, Dimension.SERVICE, Dimension.MONTH
    for role in (Role.MANAGER, Role.TECHNICIAN):
        for days, by in ((365, (application,)), (365, (month,)), (365, (application, month)), (30, (cause,))):
            yield _operation("maintenanceCosts", COSTS, role, days, by)
        yield _operation("recurrences", RECURRENCES, role, 90, (application, cause))
        for days, by in ((30, (month,)), (365, (month,)), (365, (service, month)), (365, (application, month))):
            yield _operation("ticketFlow", FLOW, role, days, by)
    for by in ((Dimension.SITE,), (service, cause)):
        yield _operation("maintenanceCosts", COSTS, Role.MANAGER, 365, by)
    # Read from interventions: proportional to the period.
    yield _operation("maintenanceCosts", COSTS, Role.MANAGER, 7, (Dimension.SITE, cause))
    yield _operation("recurrences", RECURRENCES, Role.MANAGER, 7, (Dimension.SITE, cause))
    yield _operation("recurrences", RECURRENCES, Role.TECHNICIAN, 30, (Dimension.SITE, cause))
    yield _operation("ticketFlow", FLOW, Role.MANAGER, 30, (application, Dimension.SITE))


def _operation(field: str, document: str, role: Role, days: int, by: tuple[Dimension, ...]) -> Operation:
    label = f"`{field}` by {' × '.join(name.value.lower() for name in by)} over {days} days, as {role}"
    call = partial(_call, field=field, role=role, days=days, by=by)
    return Operation("Reports", label, role, call, document, partial(_variables, days=days, by=by))


def _period(turn: int, days: int) -> Period:
    """Return a period of this many days, with another end in every call."""
    last = LAST - timedelta(days=turn % 40)
    return Period(last - timedelta(days=days - 1), last)


async def _call(desk: Desk, turn: int, *, field: str, role: Role, days: int, by: tuple[Dimension, ...]) -> Any:
    request, viewer = ReportRequest(_period(turn, days), by), desk.viewers[role]
    async with desk.database.reading(viewer, reports=True) as session:
        if field == "maintenanceCosts":
            return await costs.maintenance_costs(session, viewer, request)
        if field == "recurrences":
            return await recurrences.recurrences(session, viewer, request, min_occurrences=3, first=20)
        return await flow.ticket_flow(session, viewer, request, zone=desk.settings.zone)


async def _variables(_desk: Desk, turn: int, *, days: int, by: tuple[Dimension, ...]) -> dict[str, Any]:
    period = _period(turn, days)
    return {"period": {"from": f"{period.start}", "to": f"{period.end}"}, "by": [name.value for name in by]}
