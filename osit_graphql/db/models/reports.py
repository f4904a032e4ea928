"""What reports are kept ready in: changes not counted yet, sums over stretches of days, and first interventions.

Triggers write them in the transaction of what they count (migration 0015); `services/reports` reads them. Amounts are
in cents. In cells service 0 stands for all services. Why so: docs/decisions/0010 and 0014.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base

ZERO = text("0")


class Costs:
    """What standing interventions come to; `unpriced_minutes` are those without a rate."""

    interventions: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    minutes: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    unpriced_minutes: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    labour_cents: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    expenses_cents: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)


class Occurring:
    """How many tickets first had such an intervention then, and how many of these were reopened."""

    occurrences: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    reopened: Mapped[int] = mapped_column(Integer, server_default=ZERO)


class ReportDelta(Costs, Occurring, Base):
    """A change of the figures that the cells don't have yet: written once, taken by the next merging.

    `own_occurrences`: of tickets that first had such an intervention of this very service then, reopened ones beside.
    """

    __tablename__ = "report_delta"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    service_id: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[int] = mapped_column(Integer)
    cause_id: Mapped[int] = mapped_column(Integer)
    site_id: Mapped[int] = mapped_column(Integer)
    own_occurrences: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    own_reopened: Mapped[int] = mapped_column(Integer, server_default=ZERO)


class Parted:
    """The key of a cell: a service's part of a span. Part 0 is all of it, 1 an application's, 2 a site's."""

    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    part_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class CostCell(Parted, Costs, Base):
    """What was spent over a span of 1, 4, 16, 64 or 256 days; see `services.reports.spans`."""

    __tablename__ = "cost_cell"


class RecurrenceCell(Costs, Occurring, Base):
    """The same of an application's interventions for one cause, and how many tickets had their first such then."""

    __tablename__ = "recurrence_cell"
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cause_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class Occurrence(Base):
    """When a ticket had a service's first standing intervention for a cause; its application is the ticket's today.

    `of_all`: the first of all services'.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        Index(
            "occurrence_group_idx", "application_id", "cause_id", "first_on", "first_at",
            postgresql_include=["ticket_id"], postgresql_where=text("of_all"),
        ),
        Index(
            "occurrence_work_idx", "service_id", "application_id", "cause_id", "first_on", "first_at",
            postgresql_include=["ticket_id"],
        ),
    )  # fmt: skip
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cause_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(Integer)
    first_on: Mapped[date]
    first_at: Mapped[datetime]
    reopened: Mapped[bool]
    of_all: Mapped[bool]
