"""Full-text documents of tickets, written by triggers in the transaction of the change."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class TicketDocument(Base):
    """A ticket's full-text document: number and title have weight A, description B, comments C.

    One row holds the texts that every viewer of the ticket may read. The first internal comment adds a second row,
    `internal`, which includes internal comments; the first row is then `superseded` for viewers who may read them.
    So each viewer searches one row per ticket.
    """

    __tablename__ = "ticket_document"
    __table_args__ = (
        CheckConstraint("NOT (internal AND superseded)", name="superseded"),
        Index(
            "ticket_document_words_idx",
            "document",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 4096},  # flushed by `services.background_jobs`
        ),
    )
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"), primary_key=True)
    internal: Mapped[bool] = mapped_column(primary_key=True)
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    document: Mapped[str] = mapped_column(TSVECTOR)


class SearchRebuild(Base):
    """One row while documents are rebuilt after a change of normalization; `services.background_jobs` does it."""

    __tablename__ = "search_rebuild"
    below: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Documents of tickets with a lower number are outdated."""
