"""Seals of ticket history, which reveal later changes. Functions of migration 0012 write and verify them."""

from sqlalchemy import Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class Seal(Base):
    """One link of a ticket's hash chain: an activity, its salted texts and the ticket's state; or an intervention."""

    __tablename__ = "seal"
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    activity_id: Mapped[int]
    witness_id: Mapped[int | None] = mapped_column(Integer)
    line: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    texts: Mapped[bytes | None] = mapped_column("said", LargeBinary)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
