"""Who somebody is at another issuer: linked by an administrator, and by nothing else."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base


class Identity(Base):
    """A subject of an issuer, and the person whom it signs in; a person may have several."""

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("char_length(issuer) BETWEEN 1 AND 500", name="issuer"),
        CheckConstraint("char_length(subject) BETWEEN 1 AND 255", name="subject"),
    )
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
