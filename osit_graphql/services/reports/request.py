"""A report's request (period, grouping, filter), its measures, and the SQL that all reports share."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, Self

from sqlalchemy import BigInteger, ColumnElement, Date, Select, case, cast, func, select

from osit_graphql.db.models import Intervention, Ticket
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries.keyset_pagination import present
from osit_graphql.services.queries.ticket_filter import MAX_LIST_LENGTH
from osit_graphql.services.reports import time_buckets

MAX_REPORT_ROWS = 10_000


class Dimension(StrEnum):
    """A dimension that a report can be grouped by."""

    APPLICATION = "APPLICATION"
    SERVICE = "SERVICE"
    SITE = "SITE"
    CAUSE = "CAUSE"
    MONTH = "MONTH"


@dataclass(frozen=True)
class ReportFilter:
    """Filter of a report: a list means "any of", None means all."""

    application_ids: tuple[int, ...] | None = None
    service_ids: tuple[int, ...] | None = None
    site_ids: tuple[int, ...] | None = None
    cause_ids: tuple[int, ...] | None = None

    def check(self) -> None:
        """Raise `BadInput` for a list that is too long."""
        if any(len(getattr(self, field.name) or ()) > MAX_LIST_LENGTH for field in fields(self)):
            raise BadInput(
                "A list in a filter has at most {limit} values.", argument=("filter",), limit=MAX_LIST_LENGTH
            )

    @property
    def scope(self) -> dict[str, Any]:
        """The filter in a cursor's scope hash. These names never change: see `Paging`."""
        return present(
            {
                "applicationIds": self.application_ids,
                "serviceIds": self.service_ids,
                "siteIds": self.site_ids,
                "causeIds": self.cause_ids,
            }
        )

    @property
    def values(self) -> dict[str, list[int]]:
        """The lists that are set, by field name, which is their parameter's name too."""
        lists = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(ids) for name, ids in lists.items() if ids is not None}

    def only_uses(self, *names: str) -> bool:
        """Whether no other field than these is set."""
        return all(getattr(self, field.name) is None for field in fields(self) if field.name not in names)


@dataclass(frozen=True)
class ReportRequest:
    """The request of a report; `group_by` is in the order of `Dimension`, without duplicates."""

    period: Period
    group_by: tuple[Dimension, ...]
    filter: ReportFilter = ReportFilter()

    @property
    def scope(self) -> dict[str, Any]:
        """The request in the scope hash of a cursor of a recurrence's tickets: see `Paging`."""
        return {"period": self.period.scope, "groupBy": self.group_by, "filter": self.filter.scope}

    @property
    def cache_key(self) -> Hashable:
        """Everything that the SQL text of a report on interventions or events depends on."""
        return self.group_by, frozenset(self.filter.values)

    def check(self) -> Self:
        """Return the request; raises `BadInput` when it is invalid."""
        self.period.check()
        self.filter.check()
        return self


Group = tuple[Any, ...]
"""A value for each dimension of `group_by`: a row's id, or the first day of a month."""


def months_without_rows(request: ReportRequest, groups: Sequence[Group]) -> list[Group]:
    """Return a group for each month of the period in which the other dimensions of `groups` have no row.

    No groups at all have no other dimensions to repeat: only a report by nothing but months then has missing ones.
    """
    if Dimension.MONTH not in request.group_by:
        return []
    present_groups = set(groups)
    others = {group[:-1] for group in groups} if len(request.group_by) > 1 else {()}  # MONTH is the last dimension
    if len(others) > MAX_REPORT_ROWS:
        return []  # the rows are too many already
    months = time_buckets.months_between(request.period.start, request.period.end)
    candidates = ((*other, month) for month in months for other in others)
    missing = (group for group in candidates if group not in present_groups)
    return list(islice(missing, MAX_REPORT_ROWS + 1))


def by_month(group: Group, measure: Any) -> tuple[Any, ...]:
    """Return the sort key of a row of a report by month: oldest month, largest measure, then the other dimensions."""
    return group[-1], -measure, [(value is None, value) for value in group[:-1]]


@dataclass(frozen=True)
class Figures:
    """Sums over interventions. `labour` covers those with an hourly rate; `tickets` is None unless requested."""

    interventions: int = 0
    minutes: int = 0
    unpriced_minutes: int = 0
    labour: Decimal = Decimal(0)
    expenses: Decimal = Decimal(0)
    tickets: int | None = None

    @property
    def total(self) -> Decimal:
        """Labour and expenses."""
        return self.labour + self.expenses


MEASURES = ("interventions", "minutes", "unpriced_minutes", "labour_cents", "expenses_cents")
DIMENSION_COLUMNS: Mapping[Dimension, Any] = {
    Dimension.APPLICATION: Ticket.application_id,
    Dimension.SERVICE: Intervention.service_id,
    Dimension.SITE: Ticket.site_id,
    Dimension.CAUSE: Intervention.cause_id,
    Dimension.MONTH: cast(func.date_trunc("month", Intervention.started_on), Date),
}
TICKET_FILTERS = {"application_ids": Ticket.application_id, "site_ids": Ticket.site_id}
INTERVENTION_FILTERS = {"service_ids": Intervention.service_id, "cause_ids": Intervention.cause_id}


def intervention_sums() -> list[ColumnElement[Any]]:
    """Return the measures, summed over interventions."""
    unpriced = case((Intervention.labour.is_(None), Intervention.minutes), else_=0)
    sums = (
        func.count(),
        func.sum(Intervention.minutes),
        func.sum(unpriced),
        func.sum(func.coalesce(Intervention.labour, 0)) * 100,
        func.sum(Intervention.expenses) * 100,
    )
    return [cast(value, BigInteger).label(name) for name, value in zip(MEASURES, sums, strict=True)]


def to_figures(row: Any, tickets: int | None = None) -> Figures:
    """Make `Figures` of a row that has the measures as columns."""
    labour, expenses = Decimal(row.labour_cents).scaleb(-2), Decimal(row.expenses_cents).scaleb(-2)
    return Figures(row.interventions, row.minutes, row.unpriced_minutes, labour, expenses, tickets)


def order_by_cost(statement: Select[Any], group_by: Sequence[Dimension]) -> Select[Any]:
    """Order rows by month, oldest first, then by total cost, highest first; ties by the other dimensions."""
    source = statement.subquery("figure")
    months = [source.c[name.value] for name in group_by if name is Dimension.MONTH]
    others = [source.c[name.value] for name in group_by if name is not Dimension.MONTH]
    cost = source.c.labour_cents + source.c.expenses_cents
    return select(source).order_by(*months, cost.desc(), *others)


def order_by_occurrences(source: Any, group_by: Sequence[Dimension]) -> Select[Any]:
    """Order recurrences by occurrences, then by total cost, highest first; ties by the dimensions."""
    cost = source.c.labour_cents + source.c.expenses_cents
    dimensions = [source.c[name.value] for name in group_by]
    return select(source).order_by(source.c.occurrences.desc(), cost.desc(), *dimensions)
