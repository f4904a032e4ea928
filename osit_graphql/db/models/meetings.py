"""Decision meetings and their agendas."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base, not_blank_check
from osit_graphql.domain import permissions


class Meeting(Base):
    """A decision meeting of managers. Never deleted."""

    __tablename__ = "meeting"
    __table_args__ = (not_blank_check("title", permissions.TITLE_LIMIT), Index("meeting_order_idx", "held_at", "id"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    title: Mapped[str]
    held_at: Mapped[datetime]


class AgendaItem(Base):
    """An evolution request on an agenda. `activity_id` is the activity of its decision at this meeting."""

    __tablename__ = "agenda_item"
    __table_args__ = (Index("agenda_item_ticket_idx", "ticket_id"),)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
