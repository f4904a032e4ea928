"""History of the directory, and seals that reveal later changes of it and of ticket history.

Functions of migrations 0012 and 0024 write and verify them.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base, one_of
from osit_graphql.domain.enums import ChangeSource, DirectoryChangeKind, DirectoryObject


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


class DirectoryChange(Base):
    """A change of a person, their rights or the directory: written by triggers, never changed.

    `fields` is a list of objects with `field` and the texts `old` and `new`.
    """

    __tablename__ = "directory_change"
    __table_args__ = (
        one_of("kind", DirectoryChangeKind),
        one_of("source", ChangeSource),
        one_of("object_kind", DirectoryObject),
        CheckConstraint("(source = 'API') = (actor_id IS NOT NULL)", name="actor"),
        Index("directory_change_created_idx", "created_at", "id"),
        Index("directory_change_object_idx", "object_kind", "object_id", "created_at", "id"),
        Index("directory_change_actor_idx", "actor_id", "created_at", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    created_at: Mapped[datetime]
    kind: Mapped[DirectoryChangeKind]
    source: Mapped[ChangeSource]
    actor_id: Mapped[int | None]
    object_kind: Mapped[DirectoryObject]
    object_id: Mapped[int]
    object_name: Mapped[str]
    fields: Mapped[list[dict[str, object]]] = mapped_column(JSONB)


class DirectorySeal(Base):
    """One link of the directory's hash chain: a change, its salted texts and the object's state after it."""

    __tablename__ = "directory_seal"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    change_id: Mapped[int]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    texts: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
