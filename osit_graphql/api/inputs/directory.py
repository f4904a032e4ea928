"""What the directory's mutations take; the fields are named after those of the services' sheets."""

from datetime import date
from decimal import Decimal

import strawberry

from osit_graphql.api.inputs.tickets import optional
from osit_graphql.domain.enums import Role

NAME = "Name, 1 to 200 characters, unique regardless of case and accents."
PERSON = "Name, 1 to 200 characters."
ADDRESS = "E-mail address for signing in. Unique."
PHONE = "Phone number, at most 50 characters."
ROLES = "Roles, at least one. A technician needs a service."
BELONGS = "Service of a technician; not for other roles. Must be active."
WORKS = "Site. Must be active."
CALL = "Phone number, at most 50 characters."
WRITE = "E-mail address."
RATE = "Hourly rate, to the cent, from `hourlyRateFrom` on"
RATE_FROM = (
    "First day of the rate, in the company's time zone. Default: today. A past date prices work "
    "without a rate; it never changes a price."
)
FIRST = "Service to which its tickets are usually assigned first. Must be active."
TOWN = "Town."
ACTIVE = "False deactivates it: existing references stay, new ones are refused."


@strawberry.input(description="New person. OPERATOR may create requesters without a password only.")
class UserCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=PERSON)
    email: str = strawberry.field(description=ADDRESS)
    phone: str | None = optional(PHONE)
    roles: list[Role] = strawberry.field(description=ROLES)
    service_id: strawberry.ID | None = optional(BELONGS)
    site_id: strawberry.ID = strawberry.field(description=WORKS)
    password: str | None = optional(
        "Password, 8 to 200 characters. Without one, the person can't sign in with a password."
    )


@strawberry.input(description="Changes to a person. Absent fields stay; null clears optional fields.")
class UserUpdateInput:
    """The contract's."""

    name: str | None = optional(PERSON)
    email: str | None = optional(ADDRESS)
    phone: str | None = optional(PHONE)
    roles: list[Role] | None = optional(f"{ROLES} Without the role TECHNICIAN, the service is removed.")
    service_id: strawberry.ID | None = optional(BELONGS)
    site_id: strawberry.ID | None = optional(WORKS)
    active: bool | None = optional("False deactivates the person: no sign-in, no new references.")
    password: str | None = optional("Password, 8 to 200 characters. Null removes it. This ends the person's sessions.")


@strawberry.input(description="New service.")
class ServiceCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    phone: str | None = optional(CALL)
    email: str | None = optional(WRITE)
    hourly_rate: Decimal | None = optional(f"{RATE}.")
    hourly_rate_from: date | None = optional(RATE_FROM)


@strawberry.input(description="Changes to a service. Absent fields stay; null clears optional fields.")
class ServiceUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    phone: str | None = optional(CALL)
    email: str | None = optional(WRITE)
    hourly_rate: Decimal | None = optional(f"{RATE}; null: no rate from then on. Earlier work keeps its price.")
    hourly_rate_from: date | None = optional(RATE_FROM)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New application.")
class ApplicationCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    default_service_id: strawberry.ID | None = optional(FIRST)


@strawberry.input(description="Changes to an application. Absent fields stay; null clears optional fields.")
class ApplicationUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    default_service_id: strawberry.ID | None = optional(FIRST)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New site.")
class SiteCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    city: str | None = optional(TOWN)


@strawberry.input(description="Changes to a site. Absent fields stay; null clears optional fields.")
class SiteUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    city: str | None = optional(TOWN)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New cause.")
class CauseCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)


@strawberry.input(description="Changes to a cause. Absent fields stay.")
class CauseUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    active: bool | None = optional(ACTIVE)
