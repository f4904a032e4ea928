"""What programs sign in with, and what is remembered of those who tried to."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base, written
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Scope

SCOPES = ", ".join(f"'{scope}'" for scope in Scope)


class ApiToken(Base):
    """A program's way in, as the person who answers for it and within its scopes; only the SHA-256 of it is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        written("name", permissions.NAME_LIMIT),
        CheckConstraint(f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{SCOPES}]::text[]", name="scopes"),
        CheckConstraint(
            "expires_at > created_at AND expires_at <= created_at + interval '366 days'", name="expires_at"
        ),
        Index("api_token_digest_key", "digest", unique=True),
        Index("api_token_person_idx", "person_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SignInMark(Base):
    """How often somebody failed to sign in, by the digest of what is counted; nothing in it tells of whom."""

    __tablename__ = "sign_in_mark"
    __table_args__ = (Index("sign_in_mark_forget_idx", "forget_at"),)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[float]
    failed_at: Mapped[datetime]
    welcomed_at: Mapped[datetime | None]  # of an account from an address: when it last signed in from there
    forget_at: Mapped[datetime]
