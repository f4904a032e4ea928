"""What the flow of tickets is kept ready in: each event, changes not counted yet, and sums by day, eighth and month.

Triggers write them in the transaction of what they count (migration 0016); `services/reports` reads them. In cells
service 0 stands for all services. Why so: docs/decisions/0014.
"""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base
from osit_graphql.db.models.reports import ZERO, Parted

NOTHING = text("'{}'")


class ReportZone(Base):
    """The company's time zone, by which events have their day: one row, or none before anything happened."""

    __tablename__ = "report_zone"
    name: Mapped[str] = mapped_column(primary_key=True)


class Flowing:
    """How many events there were, and what they were; sent to decision, or opened so, is `pending_decision`."""

    events: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    opened: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    closed: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    reopened: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    rerouted: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    pending_decision: Mapped[int] = mapped_column(Integer, server_default=ZERO)


class FlowEvent(Flowing, Base):
    """One row of history as the flow counts it: with the service that had the ticket, and the ticket's place today.

    `minutes`: of a closing, since the ticket was opened, rounded to seven binary digits.
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


class FlowDelta(Flowing, Base):
    """An event that the cells don't have yet, or one too many (counted downwards)."""

    __tablename__ = "flow_delta"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    service_id: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[int] = mapped_column(Integer)
    site_id: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int | None] = mapped_column(Integer)


class FlowCell(Parted, Flowing, Base):
    """What happened in a day, an eighth of a month or so, or a month; and how many closings took so long at most."""

    __tablename__ = "flow_cell"
    minutes: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=NOTHING)
    up_to: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=NOTHING)
