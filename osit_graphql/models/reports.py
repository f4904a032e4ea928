"""What reports are kept ready in: changes not counted yet, sums over stretches of days, and first interventions.

Triggers write them in the transaction of what they count (migration 0006); `services/reports` reads them. Amounts are
in cents. Why so: docs/decisions/0010.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.models.columns import Base

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
    """A change of the figures that the cells don't have yet: written once, taken by the next merging."""

    __tablename__ = "report_delta"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    application_id: Mapped[int]
    cause_id: Mapped[int]


class CostCell(Costs, Base):
    """What an application cost over a span of 1, 4, 16, 64 or 256 days; see `services.reports.spans`."""

    __tablename__ = "cost_cell"
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class RecurrenceCell(Costs, Occurring, Base):
    """The same of an application's interventions for one cause, and how many tickets had their first such then."""

    __tablename__ = "recurrence_cell"
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Occurrence(Base):
    """When a ticket had its first standing intervention for a cause; its application is the ticket's today."""

    __tablename__ = "occurrence"
    __table_args__ = (Index("occurrence_group_idx", "application_id", "cause_id", "first_on", "first_at"),)
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cause_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    application_id: Mapped[int]
    first_on: Mapped[date]
    first_at: Mapped[datetime]
    reopened: Mapped[bool]
