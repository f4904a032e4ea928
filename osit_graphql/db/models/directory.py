"""People, places and what they work with: never deleted, only deactivated."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osit_graphql.db.models.column_types import Base, written
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Role

ROLES = ", ".join(f"'{role}'" for role in Role)


class Named:
    """A thing with a name; `name_key` (see `columns.name_key`) is what names are sorted and kept unique by."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Unique(Named):
    """A named thing whose name nothing else of its kind has."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[object, ...]:
        """Keep names readable and unique, whatever their case and accents."""
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (written("name", permissions.NAME_LIMIT), Index(f"{table}_name_key", "name_key", unique=True))


class Site(Unique, Base):
    """Where the company is."""

    __tablename__ = "site"
    city: Mapped[str | None]


class Service(Unique, Base):
    """A team that tickets are assigned to."""

    __tablename__ = "service"
    phone: Mapped[str | None]
    email: Mapped[str | None]


class ServiceRate(Base):
    """What an hour of a service costs from a day on; a null rate ends the one before."""

    __tablename__ = "service_rate"
    __table_args__ = (CheckConstraint("hourly_rate >= 0", name="hourly_rate"),)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    hourly_rate: Mapped[Decimal | None]


class Application(Unique, Base):
    """A tool that people work with, and that tickets are about."""

    __tablename__ = "application"
    default_service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))


class Cause(Unique, Base):
    """What an incident turned out to come from."""

    __tablename__ = "cause"


class Person(Named, Base):
    """Somebody of the company; the API's `User`."""

    __tablename__ = "person"
    __table_args__ = (
        written("name", permissions.NAME_LIMIT),
        CheckConstraint("email = lower(email) AND position('@' IN email) > 1", name="email"),
        CheckConstraint(f"cardinality(roles) > 0 AND roles <@ ARRAY[{ROLES}]::text[]", name="roles"),
        CheckConstraint("(service_id IS NOT NULL) = ('TECHNICIAN' = ANY (roles))", name="technician_has_service"),
        Index("person_email_key", "email", unique=True),
        Index("person_order_idx", "name_key", "id"),
        Index("person_service_idx", "service_id", "name_key", "id", postgresql_where=text("service_id IS NOT NULL")),
        Index("person_site_idx", "site_id", "name_key", "id"),
        Index(
            "person_runs_idx", "search_runs", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 256}
        ),
    )
    email: Mapped[str]
    phone: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    password_hash: Mapped[str | None]
    # The hash itself is read by a function for sign-ins alone.
    signs_in: Mapped[bool] = mapped_column(Computed("password_hash IS NOT NULL", persisted=True))
    # Written by a trigger: name, address and number as they are looked for, and every run of three characters of them.
    search_text: Mapped[str] = mapped_column(FetchedValue())
    search_runs: Mapped[str] = mapped_column(TSVECTOR, FetchedValue())


class SessionToken(Base):
    """A sign-in: only the SHA-256 of its token is kept."""

    __tablename__ = "session_token"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
