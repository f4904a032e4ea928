"""How tickets flow, asked of the cells: sums, and how many closings took so many minutes."""

from functools import cache
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from osit_graphql.db.models import FlowCell, FlowDelta
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.percentiles import SHARES, longest
from osit_graphql.services.reports.request import ROWS, Dimension, Question
from osit_graphql.services.reports.rollup_sql import (
    PARTS,
    Names,
    Part,
    Scope,
    Values,
    Whose,
    apart,
    chosen,
    days_of,
    held,
    monthly_spans_of,
    narrowed,
    scope,
    stretches,
    within_days,
)

COUNTS = ("opened", "closed", "reopened", "rerouted", "pending_decision")
By = tuple[Dimension, ...]


def hold(question: Question) -> bool:
    """Whether they hold it: by application or by site, beside service and month."""
    return held(question.period) and apart(question) in PARTS


def flow(viewer: Viewer, question: Question, *, hours: bool) -> tuple[Select[Any], Values]:
    """Return the statement of a flow that they hold, and its values; `hours`: how long closings took too."""
    asked, period, whose = narrowed(question), question.period, scope(viewer, question)
    values = monthly_spans_of(time_buckets.covering_flow(period.start, period.end)) | days_of(period) | asked
    statement = _flow(question.group_by, PARTS[apart(question)], frozenset(asked), whose.whose, hours)
    return statement, {**values, "services": whose.services}


@cache
def _flow(group_by: By, part: Part, names: Names, whose: Whose, hours: bool) -> Select[Any]:
    kept = _kept(group_by, part, names, Scope(whose)).cte("kept")
    waiting = _waiting(group_by, names, Scope(whose)).cte("waiting")
    keys = [name.value for name in group_by]
    cell = union_all(
        *(select(*(source.c[name] for name in (*keys, "sign", "events", *COUNTS))) for source in (kept, waiting))
    ).subquery("cell")
    groups = [cell.c[key] for key in keys]
    sums = [func.sum(cell.c.sign * cell.c[name]).label(name) for name in COUNTS]
    counted = select(*groups, *sums).group_by(*groups).having(func.sum(cell.c.sign * cell.c.events) > 0).cte("flow")
    columns = [counted.c[name] for name in (*keys, *COUNTS)]
    if hours:
        lasted = longest(keys, kept, waiting, counted)
        same = and_(true(), *(counted.c[key] == lasted.c[key] for key in keys))
        statement = select(*columns, *(lasted.c[name] for name in SHARES)).select_from(counted.outerjoin(lasted, same))
    else:
        statement = select(*columns, *(null().label(name) for name in SHARES))
    # The zone whose days they are, beside each row: it spares asking for it alone.
    statement = statement.add_columns(select(func.osit_zone()).scalar_subquery().label("zone"))
    month = [counted.c[key] for key in keys if key == Dimension.MONTH.value]
    rest = [counted.c[key] for key in keys if key != Dimension.MONTH.value]
    return statement.order_by(*month, counted.c.opened.desc(), *rest).limit(ROWS + 1)


def _kept(group_by: By, part: Part, names: Names, whose: Scope) -> Select[Any]:
    stretch = stretches(monthly=True)
    columns: dict[Dimension, Any] = {
        Dimension.APPLICATION: FlowCell.part_id,
        Dimension.SERVICE: FlowCell.service_id,
        Dimension.SITE: FlowCell.part_id,
        Dimension.MONTH: stretch.c.month,
    }
    groups = [columns[name].label(name.value) for name in group_by]
    measures = [getattr(FlowCell, name) for name in ("events", *COUNTS, "minutes", "up_to")]
    started = select(*groups, stretch.c.sign, *measures).join_from(stretch, FlowCell, stretch.c.span == FlowCell.span)
    by_name = {"application_ids": FlowCell.part_id, "site_ids": FlowCell.part_id}
    return started.where(FlowCell.part == int(part), whose.kept(FlowCell.service_id), *chosen(names, by_name))


def _waiting(group_by: By, names: Names, whose: Scope) -> Select[Any]:
    columns: dict[Dimension, Any] = {
        Dimension.APPLICATION: FlowDelta.application_id,
        Dimension.SERVICE: FlowDelta.service_id,
        Dimension.SITE: FlowDelta.site_id,
        Dimension.MONTH: cast(func.date_trunc("month", FlowDelta.day), Date),
    }
    groups = [columns[name].label(name.value) for name in group_by]
    measures = [getattr(FlowDelta, name) for name in ("events", *COUNTS, "minutes")]
    by_name = {"application_ids": FlowDelta.application_id, "site_ids": FlowDelta.site_id}
    started = select(*groups, literal(1).label("sign"), *measures)
    kept = chosen(names, by_name)
    return started.where(within_days(FlowDelta.day), *whose.waiting(FlowDelta.service_id), *kept)
