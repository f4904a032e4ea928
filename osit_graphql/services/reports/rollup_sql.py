"""SQL that the reports share to read rollups (`cost_cell`, `recurrence_cell`, `flow_cell`).

A rollup row holds the sums of one time bucket (`time_buckets`). A report adds the buckets of its period, subtracts
others, and adds the deltas: the changes that no bucket has yet. A `RollupQuery` is the cache key of its statement,
because building one takes longer than executing it. Their parameters are the buckets, and the days for the deltas;
those that start with `before_` are for the preceding period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)

from osit_graphql.db import visibility
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.request import Dimension, ReportRequest

FilterNames = frozenset[str]
ParamValues = dict[str, Any]
FILTER_DIMENSIONS = {
    "application_ids": Dimension.APPLICATION,
    "service_ids": Dimension.SERVICE,
    "site_ids": Dimension.SITE,
    "cause_ids": Dimension.CAUSE,
}


class RollupPart(IntEnum):
    """The dimension by which the rows of a service and bucket are split. Stored in the column `part`."""

    TOTAL = 0
    APPLICATION = 1
    SITE = 2


PARTS = {
    frozenset[Dimension](): RollupPart.TOTAL,
    frozenset({Dimension.APPLICATION}): RollupPart.APPLICATION,
    frozenset({Dimension.SITE}): RollupPart.SITE,
}


class ScopeKind(Enum):
    """The services that a report covers: all of them together, each of them, or some of them by id."""

    ALL = "all"
    EACH = "each"
    SOME = "some"


@dataclass(frozen=True)
class ServiceScope:
    """The services that a report covers; `service_ids` are those of `ScopeKind.SOME`."""

    kind: ScopeKind
    service_ids: Sequence[int] = ()

    @property
    def service_id(self) -> int:
        """The id of the only service; 0, which is no service's id, when there is none."""
        return next(iter(self.service_ids), 0)

    def in_rollup(self, service_id: Any) -> ColumnElement[bool]:
        """Return the condition for rollup rows, where service 0 means all services together."""
        if self.kind is ScopeKind.SOME:
            return any_of_param(service_id, "services")
        condition: ColumnElement[bool] = service_id == 0 if self.kind is ScopeKind.ALL else service_id > 0
        return condition

    def in_deltas(self, service_id: Any) -> list[ColumnElement[bool]]:
        """Return the conditions for deltas, each of which belongs to one service."""
        return [any_of_param(service_id, "services")] if self.kind is ScopeKind.SOME else []


def dimension_column(table: Any, name: Dimension, kind: ScopeKind) -> Any:
    """Return the column of a dimension, None if the table has none.

    The application and site are the ticket's of today, or, in reports on services, those that the ticket had when it
    last left the service.
    """
    today, own = (getattr(table, f"{prefix}{name.value.lower()}_id", None) for prefix in ("", "own_"))
    return today if own is None or kind is ScopeKind.ALL else func.coalesce(own, today)


def service_scope(viewer: Viewer, request: ReportRequest) -> ServiceScope:
    """Return the services of a viewer's report: the filter's services that the viewer may read."""
    readable, service_ids = visibility.report_service(viewer), request.filter.service_ids
    if readable == 0 and service_ids is None:
        return ServiceScope(ScopeKind.EACH if Dimension.SERVICE in request.group_by else ScopeKind.ALL)
    if readable == 0:
        return ServiceScope(ScopeKind.SOME, service_ids or ())
    if readable is None or (service_ids is not None and readable not in service_ids):
        return ServiceScope(ScopeKind.SOME)
    return ServiceScope(ScopeKind.SOME, [readable])


@dataclass(frozen=True)
class RollupQuery:
    """The values on which the SQL text of a statement on rollups depends; `part` is None for `recurrence_cell`."""

    group_by: tuple[Dimension, ...]
    part: RollupPart | None
    filter_names: FilterNames
    scope_kind: ScopeKind

    @property
    def scope(self) -> ServiceScope:
        """The scope without ids: they are parameters."""
        return ServiceScope(self.scope_kind)

    def from_rollup(
        self, table: Any, columns: Mapping[Dimension, Any], measures: Sequence[str], *, monthly: bool
    ) -> Select[Any]:
        """Select the dimensions, `sign` and the measures of the period's buckets."""
        buckets = bucket_table(monthly=monthly)
        by_dimension = {**columns, Dimension.MONTH: buckets.c.month} if monthly else columns
        groups = [by_dimension[name].label(name.value) for name in self.group_by]
        statement = select(*groups, buckets.c.sign, *(getattr(table, name) for name in measures))
        part = [] if self.part is None else [table.part == int(self.part)]
        services = self.scope.in_rollup(table.service_id)
        statement = statement.join_from(buckets, table, buckets.c.span == table.span)
        return statement.where(*part, services, *self._filtered(columns))

    def from_deltas(self, table: Any, measures: Sequence[str]) -> Select[Any]:
        """Select the same of the period's deltas."""
        names = (Dimension.APPLICATION, Dimension.SERVICE, Dimension.SITE, Dimension.CAUSE)
        columns = {name: dimension_column(table, name, self.scope_kind) for name in names}
        columns[Dimension.MONTH] = cast(func.date_trunc("month", table.day), Date)
        groups = [columns[name].label(name.value) for name in self.group_by]
        statement = select(*groups, literal(1).label("sign"), *(getattr(table, name) for name in measures))
        return statement.where(in_days(table.day), *self.scope.in_deltas(table.service_id), *self._filtered(columns))

    def _filtered(self, columns: Mapping[Dimension, Any]) -> list[ColumnElement[bool]]:
        return filter_params(
            self.filter_names, {name: columns.get(dimension) for name, dimension in FILTER_DIMENSIONS.items()}
        )


def grouping_dimensions(request: ReportRequest) -> frozenset[Dimension]:
    """Return the dimensions of groups and filter, without service and month: every rollup is split by these two."""
    filtered = {dimension for name, dimension in FILTER_DIMENSIONS.items() if getattr(request.filter, name) is not None}
    return frozenset({*request.group_by, *filtered} - {Dimension.SERVICE, Dimension.MONTH})


def is_covered(period: Period) -> bool:
    """Whether the rollups cover the period."""
    return time_buckets.is_covered(period.start, period.end)


def any_of_param(column: Any, name: str) -> ColumnElement[bool]:
    """Return whether a column is one of the values of this array parameter."""
    equal_any: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(BigInteger)))
    return equal_any


def filter_values(request: ReportRequest) -> dict[str, list[int]]:
    """Return the filter's values by parameter name, without services: they are in the scope."""
    return {name: ids for name, ids in request.filter.values.items() if name != "service_ids"}


def filter_params(names: FilterNames, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters with these names, by column."""
    return [any_of_param(column, name) for name, column in columns.items() if name in names]


def in_days(day: Any, prefix: str = "") -> ColumnElement[bool]:
    """Return whether a day is in the period; `day_values` gives the parameters."""
    start, end = (bindparam(f"{prefix}{name}", type_=Date) for name in ("start", "end"))
    between: ColumnElement[bool] = day.between(start, end)
    return between


def bucket_table(prefix: str = "", *, monthly: bool = False) -> Any:
    """Return the period's buckets as a table: `span`, `sign`, and `month` if `monthly`."""
    names: list[tuple[str, Any]] = [("span", Integer), ("sign", Integer), *([("month", Date)] if monthly else [])]
    arrays: list[Any] = [bindparam(f"{prefix}{name}s", type_=ARRAY(type_)) for name, type_ in names]
    columns: list[Any] = [column(name, type_) for name, type_ in names]
    return func.unnest(*arrays).table_valued(*columns, name=f"{prefix}bucket").render_derived()


def day_values(period: Period, prefix: str = "") -> ParamValues:
    """Return the parameters of `in_days`."""
    return {f"{prefix}start": period.start, f"{prefix}end": period.end}


def bucket_values(period: Period, prefix: str = "") -> ParamValues:
    """Return the parameters of `bucket_table` without months."""
    spans = time_buckets.cover(period.start, period.end)
    return {f"{prefix}spans": [span for span, _ in spans], f"{prefix}signs": [sign for _, sign in spans]}


def monthly_bucket_values(spans: Sequence[tuple[int, date, int]]) -> ParamValues:
    """Return the parameters of `bucket_table` with months."""
    return dict(zip(("spans", "months", "signs"), map(list, zip(*spans, strict=True)), strict=True))
