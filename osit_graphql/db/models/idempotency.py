"""Idempotency keys of mutations."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base, not_blank_check
from osit_graphql.domain import permissions


class IdempotencyKey(Base):
    """A person's key with the digest of its arguments and its result: the rows written, or the user errors."""

    __tablename__ = "idempotency_key"
    __table_args__ = (not_blank_check("key", permissions.KEY_LIMIT), Index("idempotency_key_made_idx", "made_at"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    subject_id: Mapped[int | None]
    activity_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    problems: Mapped[list[dict[str, object]] | None] = mapped_column(JSONB(none_as_null=True))
