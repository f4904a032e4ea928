"""What a report is asked: of which days, grouped by what, narrowed to what; and what it counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Select, any_, case, cast, func, literal, select

from osit_graphql.db.models import Intervention, Ticket
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries.keyset_pagination import present
from osit_graphql.services.queries.ticket_filter import VALUES

ROWS = 10_000


class Dimension(StrEnum):
    """What figures are told apart by."""

    APPLICATION = "APPLICATION"
    SERVICE = "SERVICE"
    SITE = "SITE"
    CAUSE = "CAUSE"
    MONTH = "MONTH"


@dataclass(frozen=True)
class ReportFilter:
    """What a report is narrowed to: lists mean « any of », None everything."""

    application_ids: tuple[int, ...] | None = None
    service_ids: tuple[int, ...] | None = None
    site_ids: tuple[int, ...] | None = None
    cause_ids: tuple[int, ...] | None = None

    def check(self) -> None:
        """Refuse a list beyond the contract's bound."""
        if any(len(getattr(self, box.name) or ()) > VALUES for box in fields(self)):
            raise BadInput("A list in a filter has at most {limit} values.", argument=("filter",), limit=VALUES)

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to. These names never change: see `Paging`."""
        return present(
            {
                "applicationIds": self.application_ids,
                "serviceIds": self.service_ids,
                "siteIds": self.site_ids,
                "causeIds": self.cause_ids,
            }
        )

    def narrows(self, *names: str) -> bool:
        """Whether it says anything beside these."""
        return any(getattr(self, box.name) is not None for box in fields(self) if box.name not in names)


@dataclass(frozen=True)
class Question:
    """What is asked; `group_by` is in the order of `Dimension`, each once."""

    period: Period
    group_by: tuple[Dimension, ...]
    narrowed: ReportFilter = ReportFilter()

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor of a recurrence's tickets holds on to: see `Paging`."""
        return {"period": self.period.scope, "groupBy": self.group_by, "filter": self.narrowed.scope}

    def check(self) -> Self:
        """Refuse what can't be asked; return the question."""
        self.period.check()
        self.narrowed.check()
        return self


Group = tuple[Any, ...]  # a value for each dimension of `group_by`: a row's number, or the first day of a month


@dataclass(frozen=True)
class Figures:
    """What interventions come to; `tickets` only when it was asked for. Labour is that of the lines with a rate."""

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
COLUMNS: Mapping[Dimension, Any] = {
    Dimension.APPLICATION: Ticket.application_id,
    Dimension.SERVICE: Intervention.service_id,
    Dimension.SITE: Ticket.site_id,
    Dimension.CAUSE: Intervention.cause_id,
    Dimension.MONTH: cast(func.date_trunc("month", Intervention.started_on), Date),
}
ON_TICKET = {"application_ids": Ticket.application_id, "site_ids": Ticket.site_id}
ON_LINE = {"service_ids": Intervention.service_id, "cause_ids": Intervention.cause_id}


def among(column: Any, values: Iterable[int]) -> ColumnElement[bool]:
    """Return whether a column is one of these: one array, one parameter, one statement whatever their number."""
    found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(BigInteger)))
    return found


def narrowing(narrowed: ReportFilter, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return what a filter keeps, by these columns."""
    said = ((column, getattr(narrowed, name)) for name, column in columns.items())
    return [among(column, values) for column, values in said if values is not None]


def within(column: Any, period: Period) -> ColumnElement[bool]:
    """Return whether a day is in a period."""
    found: ColumnElement[bool] = column.between(period.start, period.end)
    return found


def line_sums() -> list[ColumnElement[Any]]:
    """Return the measures of the lines that a statement groups."""
    unpriced = case((Intervention.labour.is_(None), Intervention.minutes), else_=0)
    sums = (
        func.count(),
        func.sum(Intervention.minutes),
        func.sum(unpriced),
        func.sum(func.coalesce(Intervention.labour, 0)) * 100,
        func.sum(Intervention.expenses) * 100,
    )
    return [cast(figure, BigInteger).label(name) for name, figure in zip(MEASURES, sums, strict=True)]


def signed_sums(source: Any) -> list[ColumnElement[Any]]:
    """Return the measures of the cells that a statement groups, added or taken off as their sign says."""
    return [cast(func.sum(source.c.sign * source.c[name]), BigInteger).label(name) for name in MEASURES]


def figures_of(row: Any, tickets: int | None = None) -> Figures:
    """Make figures of a row with the measures' columns."""
    labour, expenses = Decimal(row.labour_cents).scaleb(-2), Decimal(row.expenses_cents).scaleb(-2)
    return Figures(row.interventions, row.minutes, row.unpriced_minutes, labour, expenses, tickets)


def dearest_first(statement: Select[Any], group_by: Sequence[Dimension]) -> Select[Any]:
    """Put rows in the contract's order: by month, oldest first; else dearest first; ties by what came first."""
    source = statement.subquery("figure")
    first = [source.c[name.value] for name in group_by if name is Dimension.MONTH]
    last = [source.c[name.value] for name in group_by if name is not Dimension.MONTH]
    dearest = (source.c.labour_cents + source.c.expenses_cents).desc()
    return select(source).order_by(*first, dearest, *last)


def most_first(source: Any, group_by: Sequence[Dimension]) -> Select[Any]:
    """Put recurrences in the contract's order: most occurrences first, then dearest; ties by what came first."""
    dearest = source.c.labour_cents + source.c.expenses_cents
    keys = [source.c[name.value] for name in group_by]
    return select(source).order_by(source.c.occurrences.desc(), dearest.desc(), *keys)
