"""Report rollups: changes not merged yet, sums by time bucket, first interventions, and ticket flow.

Triggers write them in the transaction that they count (migrations 0015, 0016, 0022); `services/reports` reads them.
Amounts are in cents. In cells, service 0 means all services. See docs/decisions/0010, 0014 and 0042.
"""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base

ZERO = text("0")


class CostColumns:
    """Totals of interventions that are not voided. `unpriced_minutes` have no hourly rate."""

    interventions: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    minutes: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    unpriced_minutes: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    labour_cents: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)
    expenses_cents: Mapped[int] = mapped_column(BigInteger, server_default=ZERO)


class OccurrenceColumns:
    """Tickets with their first intervention on this application and cause in the bucket; the reopened ones of them."""

    occurrences: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    reopened: Mapped[int] = mapped_column(Integer, server_default=ZERO)


class ReportDelta(CostColumns, OccurrenceColumns, Base):
    """A change that the cells do not include yet. The next merge adds it to them and deletes it.

    `own_occurrences`: tickets with this service's first intervention on this application and cause on that day.
    `own_reopened`: those of them that were reopened before they last left the service.
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


class CellKey:
    """Key of a cell: service, time bucket (`span`) and part. Part 0 is the whole, 1 an application, 2 a site."""

    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    part_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class CostCell(CellKey, CostColumns, Base):
    """Costs of one time bucket of 1, 4, 16, 64 or 256 days; see `services.reports.time_buckets`."""

    __tablename__ = "cost_cell"


class RecurrenceCell(CostColumns, OccurrenceColumns, Base):
    """Costs and occurrences of one application and cause in one time bucket."""

    __tablename__ = "recurrence_cell"
    span: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cause_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class Occurrence(Base):
    """When a ticket had a service's first standing intervention for a cause; its application is the ticket's today.

    `of_all`: the first of all services'. `own_reopened`: reopened before the ticket last left the service.
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
    own_reopened: Mapped[bool] = mapped_column(server_default=text("false"))


EMPTY_ARRAY = text("'{}'")


class ReportZone(Base):
    """The company's time zone, which decides the day of an event: one row, or none before the first event."""

    __tablename__ = "report_zone"
    name: Mapped[str] = mapped_column(primary_key=True)


class FlowColumns:
    """Numbers of events by kind. `pending_decision`: became pending a decision, or was opened so."""

    events: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    opened: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    closed: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    reopened: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    rerouted: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    pending_decision: Mapped[int] = mapped_column(Integer, server_default=ZERO)


class OwnPlaceColumns:
    """The application and site that the ticket had when it last left the service; null if they are today's."""

    own_application_id: Mapped[int | None] = mapped_column(Integer)
    own_site_id: Mapped[int | None] = mapped_column(Integer)


class FlowEvent(FlowColumns, OwnPlaceColumns, Base):
    """One activity as the ticket flow counts it, with the service at that time and the ticket's present application.

    `minutes`: from opening to closing, rounded to seven binary digits; null for other events.
    """

    __tablename__ = "flow_event"
    __table_args__ = (Index("flow_event_day_idx", "day"), Index("flow_event_work_idx", "service_id", "day"))
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    activity_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime]
    day: Mapped[date]
    service_id: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[int] = mapped_column(Integer)
    site_id: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int | None] = mapped_column(Integer)


class FlowDelta(FlowColumns, OwnPlaceColumns, Base):
    """An event that the cells don't include yet, or one to subtract (negative)."""

    __tablename__ = "flow_delta"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    service_id: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[int] = mapped_column(Integer)
    site_id: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int | None] = mapped_column(Integer)


class FlowCell(CellKey, FlowColumns, Base):
    """Events of one time bucket (day, about an eighth of a month, month) with the distribution of closing times."""

    __tablename__ = "flow_cell"
    minutes: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=EMPTY_ARRAY)
    up_to: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=EMPTY_ARRAY)
