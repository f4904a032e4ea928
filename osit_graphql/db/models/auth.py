"""Tables of authentication: sessions, API tokens, linked OpenID Connect subjects, login failures."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy import Identity as GeneratedId
from sqlalchemy.orm import Mapped, mapped_column

from osit_graphql.db.models.column_types import Base, not_blank_check
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Scope

SCOPES = ", ".join(f"'{scope}'" for scope in Scope)


class SessionToken(Base):
    """A session. Only the SHA-256 of its bearer token is stored."""

    __tablename__ = "session_token"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """An API token of a program, which acts for a person within its scopes. Only its SHA-256 is stored."""

    __tablename__ = "api_token"
    __table_args__ = (
        not_blank_check("name", permissions.NAME_LIMIT),
        CheckConstraint(f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{SCOPES}]::text[]", name="scopes"),
        CheckConstraint(
            "expires_at > created_at AND expires_at <= created_at + interval '366 days'", name="expires_at"
        ),
        Index("api_token_digest_key", "digest", unique=True),
        Index("api_token_person_idx", "person_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, GeneratedId(), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SignInMark(Base):
    """Failed sign-ins, by a digest of the account or address, so that no row names a person."""

    __tablename__ = "sign_in_mark"
    __table_args__ = (Index("sign_in_mark_forget_idx", "forget_at"),)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[float]
    failed_at: Mapped[datetime]
    welcomed_at: Mapped[datetime | None]  # last successful sign-in of this account from this address
    forget_at: Mapped[datetime]


class Identity(Base):
    """A subject of an OpenID Connect issuer, linked to a person. A person may have several."""

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("char_length(issuer) BETWEEN 1 AND 500", name="issuer"),
        CheckConstraint("char_length(subject) BETWEEN 1 AND 255", name="subject"),
    )
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
