"""People, services, applications, sites and causes: never deleted, only deactivated."""

from datetime import date
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
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osit_graphql.db.models.column_types import Base, not_blank_check
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Role

ROLES = ", ".join(f"'{role}'" for role in Role)


class Named:
    """A directory entry. Names are sorted and unique by `name_key` (see `column_types.name_key`)."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Unique(Named):
    """A directory entry with a unique name."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[object, ...]:
        """Return the constraints: a name of valid length, unique regardless of case and accents."""
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (not_blank_check("name", permissions.NAME_LIMIT), Index(f"{table}_name_key", "name_key", unique=True))


class Site(Unique, Base):
    """A site of the company."""

    __tablename__ = "site"
    city: Mapped[str | None]


class Service(Unique, Base):
    """A team to which tickets are assigned."""

    __tablename__ = "service"
    phone: Mapped[str | None]
    email: Mapped[str | None]


class ServiceRate(Base):
    """Hourly rate of a service from a day on. A null rate ends the previous one."""

    __tablename__ = "service_rate"
    __table_args__ = (CheckConstraint("hourly_rate >= 0", name="hourly_rate"),)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    hourly_rate: Mapped[Decimal | None]


class Application(Unique, Base):
    """An application that employees use."""

    __tablename__ = "application"
    default_service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))


class Cause(Unique, Base):
    """A cause of incidents, as technicians found it."""

    __tablename__ = "cause"


class Person(Named, Base):
    """A person in the company: `User` in the schema."""

    __tablename__ = "person"
    __table_args__ = (
        not_blank_check("name", permissions.NAME_LIMIT),
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
    # Only the sign-in function reads the hash itself.
    signs_in: Mapped[bool] = mapped_column(Computed("password_hash IS NOT NULL", persisted=True))
    # Written by a trigger: normalized name, e-mail address and phone number, and their trigrams.
    search_text: Mapped[str] = mapped_column(FetchedValue())
    search_runs: Mapped[str] = mapped_column(TSVECTOR, FetchedValue())
