"""Full-text documents of tickets, written by triggers in the transaction of the change (docs/decisions/0045)."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class TicketDocument(Base):
    """A ticket's full-text document: number and title have weight A, description B, comments C.

    One row holds the texts that every viewer of the ticket may read. The first internal comment adds a second row,
    `internal`, which includes internal comments; the first row is then `superseded` for viewers who may read them.
    So each viewer searches one row per ticket, unless its texts are `long`: then it has several parts.
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
    size: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Octets of all texts of the ticket in it, internal or not; 0 before its next rebuild after migration 0025."""
    long: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the ticket has parts. Its search then reads them instead of this document, which is the first."""


class TicketDocumentPart(Base):
    """A part of the document of a ticket with long texts; a comment is added to the last part until that is full.

    So a comment writes a bounded number of words. `internal` and `superseded` are those of `TicketDocument`, per part.
    """

    __tablename__ = "ticket_document_part"
    __table_args__ = (
        CheckConstraint("NOT (internal AND superseded)", name="superseded"),
        Index(
            "ticket_document_part_words_idx",
            "document",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 4096},
        ),
    )
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    internal: Mapped[bool] = mapped_column(primary_key=True)
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    first_activity_id: Mapped[int] = mapped_column(BigInteger)
    """The activity with its first comment; part 0 has 0."""
    size: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(TSVECTOR)


class SearchRebuild(Base):
    """One row while documents are rebuilt after a change of normalization; `services.background_jobs` does it."""

    __tablename__ = "search_rebuild"
    below: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Documents of tickets with a lower number are outdated."""
