"""What history is sealed with, so that an edit behind its back shows; migration 0012 writes it and reads it."""

from sqlalchemy import Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class Seal(Base):
    """One link of a ticket's chain: a history row, with its salted texts and the ticket as it then was; or its line."""

    __tablename__ = "seal"
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    activity_id: Mapped[int]
    witness_id: Mapped[int | None] = mapped_column(Integer)
    line: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    said: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
