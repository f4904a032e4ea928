"""What cells hold of a question: which of them, whose, and the pieces that statements on them are made of.

Statements are built once a shape, since building one costs more than running it. Each adds the cells of the period's
spans, or takes them off, to the changes that they don't have yet: parameters are the spans, and the days for the
changes; `before_…` those of the period just before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Integer, any_, bindparam, column, func

from osit_graphql.db import report_visibility
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.request import Dimension, Question

Names = frozenset[str]
Values = dict[str, Any]
NARROWING = {
    "application_ids": Dimension.APPLICATION,
    "service_ids": Dimension.SERVICE,
    "site_ids": Dimension.SITE,
    "cause_ids": Dimension.CAUSE,
}


class Part(IntEnum):
    """What a service's cells of a span are: one of everything, one an application, one a site."""

    WHOLE = 0
    APPLICATION = 1
    SITE = 2


PARTS = {
    frozenset[Dimension](): Part.WHOLE,
    frozenset({Dimension.APPLICATION}): Part.APPLICATION,
    frozenset({Dimension.SITE}): Part.SITE,
}


class Whose(Enum):
    """Whose figures: those of all services together, those of each, or of some by number."""

    ALL = "all"
    EACH = "each"
    SOME = "some"


@dataclass(frozen=True)
class Scope:
    """Whose cells a question is on; `services` are theirs when they are some."""

    whose: Whose
    services: Sequence[int] = ()

    @property
    def service(self) -> int:
        """Whose, when they are one service's; no service's number when nobody's."""
        return next(iter(self.services), 0)

    def kept(self, service_id: Any) -> ColumnElement[bool]:
        """Return which cells; 0 stands for all services together."""
        if self.whose is Whose.SOME:
            return among(service_id, "services")
        found: ColumnElement[bool] = service_id == 0 if self.whose is Whose.ALL else service_id > 0
        return found

    def waiting(self, service_id: Any) -> list[ColumnElement[bool]]:
        """Return which changes: they are each service's own."""
        return [among(service_id, "services")] if self.whose is Whose.SOME else []


def scope(viewer: Viewer, question: Question) -> Scope:
    """Return whose figures somebody's question is on."""
    whose, asked = report_visibility.scope(viewer), question.narrowed.service_ids
    if whose == 0 and asked is None:
        return Scope(Whose.EACH if Dimension.SERVICE in question.group_by else Whose.ALL)
    if whose == 0:
        return Scope(Whose.SOME, asked or ())
    return Scope(Whose.SOME, [whose] if whose is not None and (asked is None or whose in asked) else [])


def apart(question: Question) -> frozenset[Dimension]:
    """Return what a question tells apart or narrows beside services and months, which all cells tell apart."""
    said = {dimension for name, dimension in NARROWING.items() if getattr(question.narrowed, name) is not None}
    return frozenset({*question.group_by, *said} - {Dimension.SERVICE, Dimension.MONTH})


def held(period: Period) -> bool:
    """Whether cells are kept for such days."""
    return time_buckets.hold(period.start, period.end)


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Return whether a column is one of a parameter's numbers."""
    found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(BigInteger)))
    return found


def narrowed(question: Question) -> dict[str, list[int]]:
    """Return what a question is narrowed to, services apart: they are its scope."""
    said = {name: getattr(question.narrowed, name) for name in NARROWING if name != "service_ids"}
    return {name: list(values) for name, values in said.items() if values is not None}


def chosen(names: Names, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return what is narrowed, by these columns."""
    return [among(column, name) for name, column in columns.items() if name in names]


def within_days(day: Any, prefix: str = "") -> ColumnElement[bool]:
    """Return whether a day is in the period."""
    found: ColumnElement[bool] = day.between(
        bindparam(f"{prefix}start", type_=Date), bindparam(f"{prefix}end", type_=Date)
    )
    return found


def stretches(prefix: str = "", *, monthly: bool = False) -> Any:
    """Return the period's spans as a table: each with its sign, and with its month when months are told apart."""
    names: list[tuple[str, Any]] = [("span", Integer), ("sign", Integer), *([("month", Date)] if monthly else [])]
    arrays: list[Any] = [bindparam(f"{prefix}{name}s", type_=ARRAY(kind)) for name, kind in names]
    columns: list[Any] = [column(name, kind) for name, kind in names]
    return func.unnest(*arrays).table_valued(*columns, name=f"{prefix}stretch").render_derived()


def days_of(period: Period, prefix: str = "") -> Values:
    """Return the parameters of `within_days`."""
    return {f"{prefix}start": period.start, f"{prefix}end": period.end}


def spans_of(period: Period, prefix: str = "") -> Values:
    """Return the parameters of `stretches`, without months."""
    parts = time_buckets.covering(period.start, period.end)
    return {f"{prefix}spans": [span for span, _ in parts], f"{prefix}signs": [sign for _, sign in parts]}


def monthly_spans_of(parts: Sequence[tuple[int, date, int]]) -> Values:
    """Return the parameters of `stretches`, with months."""
    return dict(zip(("spans", "months", "signs"), map(list, zip(*parts, strict=True)), strict=True))
