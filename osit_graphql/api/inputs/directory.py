"""Inputs of the directory mutations; fields have the names of the fields in `services.directory`."""

from datetime import date
from decimal import Decimal

import strawberry

from osit_graphql.api.inputs.tickets import optional
from osit_graphql.domain.enums import Role

NAME = "Name, 1 to 200 characters, unique regardless of case and accents."
PERSON_NAME = "Name, 1 to 200 characters."
SIGN_IN_EMAIL = "E-mail address for signing in. Unique."
ROLES = "Roles, at least one. A technician needs a service."
TECHNICIAN_SERVICE = "Service of a technician; not for other roles. Must be active."
PERSON_SITE = "Site. Must be active."
PHONE = "Phone number, at most 50 characters."
EMAIL = "E-mail address."
HOURLY_RATE = "Hourly rate, to the cent, from `hourlyRateFrom` on"
HOURLY_RATE_FROM = (
    "First day of the rate, in the company's time zone. Default: today. A past date prices work "
    "without a rate; it never changes a price."
)
DEFAULT_SERVICE = "Service to which its tickets are usually assigned first. Must be active."
CITY = "Town."
ACTIVE = "False deactivates it: existing references stay, new ones are refused."


@strawberry.input(description="New person. OPERATOR may create requesters without a password only.")
class UserCreateInput:
    name: str = strawberry.field(description=PERSON_NAME)
    email: str = strawberry.field(description=SIGN_IN_EMAIL)
    phone: str | None = optional(PHONE)
    roles: list[Role] = strawberry.field(description=ROLES)
    service_id: strawberry.ID | None = optional(TECHNICIAN_SERVICE)
    site_id: strawberry.ID = strawberry.field(description=PERSON_SITE)
    password: str | None = optional(
        "Password, 8 to 200 characters. Without one, the person can't sign in with a password."
    )


@strawberry.input(description="Changes to a person. Absent fields stay; null clears optional fields.")
class UserUpdateInput:
    name: str | None = optional(PERSON_NAME)
    email: str | None = optional(SIGN_IN_EMAIL)
    phone: str | None = optional(PHONE)
    roles: list[Role] | None = optional(f"{ROLES} Without the role TECHNICIAN, the service is removed.")
    service_id: strawberry.ID | None = optional(TECHNICIAN_SERVICE)
    site_id: strawberry.ID | None = optional(PERSON_SITE)
    active: bool | None = optional("False deactivates the person: no sign-in, no new references.")
    password: str | None = optional("Password, 8 to 200 characters. Null removes it. This ends the person's sessions.")


@strawberry.input(description="New service.")
class ServiceCreateInput:
    name: str = strawberry.field(description=NAME)
    phone: str | None = optional(PHONE)
    email: str | None = optional(EMAIL)
    hourly_rate: Decimal | None = optional(f"{HOURLY_RATE}.")
    hourly_rate_from: date | None = optional(HOURLY_RATE_FROM)


@strawberry.input(description="Changes to a service. Absent fields stay; null clears optional fields.")
class ServiceUpdateInput:
    name: str | None = optional(NAME)
    phone: str | None = optional(PHONE)
    email: str | None = optional(EMAIL)
    hourly_rate: Decimal | None = optional(f"{HOURLY_RATE}; null: no rate from then on. Earlier work keeps its price.")
    hourly_rate_from: date | None = optional(HOURLY_RATE_FROM)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New application.")
class ApplicationCreateInput:
    name: str = strawberry.field(description=NAME)
    default_service_id: strawberry.ID | None = optional(DEFAULT_SERVICE)


@strawberry.input(description="Changes to an application. Absent fields stay; null clears optional fields.")
class ApplicationUpdateInput:
    name: str | None = optional(NAME)
    default_service_id: strawberry.ID | None = optional(DEFAULT_SERVICE)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New site.")
class SiteCreateInput:
    name: str = strawberry.field(description=NAME)
    city: str | None = optional(CITY)


@strawberry.input(description="Changes to a site. Absent fields stay; null clears optional fields.")
class SiteUpdateInput:
    name: str | None = optional(NAME)
    city: str | None = optional(CITY)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="New cause.")
class CauseCreateInput:
    name: str = strawberry.field(description=NAME)


@strawberry.input(description="Changes to a cause. Absent fields stay.")
class CauseUpdateInput:
    name: str | None = optional(NAME)
    active: bool | None = optional(ACTIVE)
