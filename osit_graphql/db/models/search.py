"""What search reads of tickets; written by triggers only, in the transaction of what they say."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class TicketDocument(Base):
    """A ticket's words: number and title weigh A, description B, comments C.

    One row has what everybody who sees the ticket may read. The first internal comment makes another, `internal`, with
    those too, for whoever reads them, and the first row is `superseded` for these: each reader has one row a ticket.
    """

    __tablename__ = "ticket_document"
    __table_args__ = (
        CheckConstraint("NOT (internal AND superseded)", name="superseded"),
        Index(
            "ticket_document_words_idx",
            "document",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 4096},  # `services.indexing` tidies it
        ),
    )
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"), primary_key=True)
    internal: Mapped[bool] = mapped_column(primary_key=True)
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    document: Mapped[str] = mapped_column(TSVECTOR)
