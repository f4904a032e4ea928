"""How tickets flow, asked of the cells: sums, and how many closings took so many minutes."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    and_,
    cast,
    column,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from osit_graphql.models import FlowCell, FlowDelta
from osit_graphql.services.reports import spans
from osit_graphql.services.reports.cells import (
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
from osit_graphql.services.reports.questions import ROWS, Dimension, Question
from osit_graphql.viewer import Viewer

COUNTS = ("opened", "closed", "reopened", "rerouted", "pending_decision")
SHARES = {"median": 0.5, "p90": 0.9}
HOUR = 60.0  # minutes
By = tuple[Dimension, ...]


def hold(question: Question) -> bool:
    """Whether they hold it: by application or by site, beside service and month."""
    return held(question.period) and apart(question) in PARTS


def flow(viewer: Viewer, question: Question, *, hours: bool) -> tuple[Select[Any], Values]:
    """Return the statement of a flow that they hold, and its values; `hours`: how long closings took too."""
    asked, period, whose = narrowed(question), question.period, scope(viewer, question)
    values = monthly_spans_of(spans.covering_flow(period.start, period.end)) | days_of(period) | asked
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
    counted = (
        select(*groups, *sums).group_by(*groups).having(func.sum(cell.c.sign * cell.c.events) > 0).subquery("flow")
    )
    columns = [counted.c[name] for name in (*keys, *COUNTS)]
    if hours:
        lasted = _lasted(keys, kept, waiting, counted)
        same = and_(true(), *(counted.c[key] == lasted.c[key] for key in keys))
        statement = select(*columns, lasted.c.median, lasted.c.p90).select_from(counted.outerjoin(lasted, same))
    else:
        statement = select(*columns, null().label("median"), null().label("p90"))
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
    measures = [getattr(FlowCell, name) for name in ("events", *COUNTS, "minutes", "closings")]
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


def _lasted(keys: list[str], kept: Any, waiting: Any, counted: Any) -> Any:
    """Return the hours that half of each group's closings took at most, and nine out of ten: exactly in between."""
    each = (
        func.unnest(kept.c.minutes, kept.c.closings)
        .table_valued(column("minutes", Integer), column("number", Integer), name="each")
        .render_derived()
    )
    closing = union_all(
        select(*(kept.c[key] for key in keys), each.c.minutes, (kept.c.sign * each.c.number).label("number"))
        .select_from(kept.join(each, true())),
        select(*(waiting.c[key] for key in keys), waiting.c.minutes, waiting.c.closed)
        .where(waiting.c.minutes.is_not(None)),
    ).subquery("closing")  # fmt: skip
    # The same minutes of several cells are peers of each other: what is up to them is the same, whichever comes first.
    groups = [closing.c[key] for key in keys]
    up_to = func.sum(closing.c.number).over(partition_by=groups, order_by=closing.c.minutes).label("up_to")
    ranked = select(*groups, closing.c.minutes, up_to).subquery("ranked")
    places = _places(keys, counted)
    joined = ranked.join(places, and_(true(), *(ranked.c[key] == places.c[key] for key in keys)))
    groups = [ranked.c[key] for key in keys]
    shares = (_share(ranked, places, name).label(name) for name in SHARES)
    return select(*groups, *shares).select_from(joined).group_by(*groups).subquery("lasted")


def _places(keys: list[str], counted: Any) -> Any:
    """Return, of each group, between which two of its closings a share is, from 0, and how near the second."""
    columns: list[ColumnElement[Any]] = []
    for name, share in SHARES.items():
        place = (cast(counted.c.closed, Float) - 1.0) * share
        columns += [func.floor(place).label(f"{name}_below"), func.ceil(place).label(f"{name}_above")]
        columns.append((place - func.floor(place)).label(f"{name}_over"))
    return select(*(counted.c[key] for key in keys), *columns).where(counted.c.closed > 0).offset(0).subquery("place")


def _share(ranked: Any, places: Any, name: str) -> ColumnElement[float]:
    """Return what `percentile_cont` would say of the closings one by one."""

    def minutes_at(position: ColumnElement[float]) -> ColumnElement[float]:
        return cast(func.min(ranked.c.minutes).filter(ranked.c.up_to > position), Float)

    below, above = minutes_at(places.c[f"{name}_below"]), minutes_at(places.c[f"{name}_above"])
    return (below + (above - below) * func.max(places.c[f"{name}_over"])) / literal(HOUR, Float)
