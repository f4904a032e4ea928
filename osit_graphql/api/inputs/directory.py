"""What the directory's mutations take; the fields are named after those of the services' sheets."""

from datetime import date
from decimal import Decimal

import strawberry

from osit_graphql.api.inputs.tickets import optional
from osit_graphql.domain.enums import Role

NAME = "What it is called: 1 to 200 characters, unique whatever the case and the accents."
PERSON = "What they are called: 1 to 200 characters."
ADDRESS = "Their e-mail address, what they sign in with; nobody else's."
PHONE = "Their phone number, at most 50 characters."
ROLES = "What they are to the desk: at least one; a technician needs a service."
BELONGS = "A technician's service, and nobody else's; must be active."
WORKS = "Where they work; must be active."
CALL = "Whom to call, at most 50 characters."
WRITE = "Whom to write to."
RATE = "What an hour costs, to the cent, from `hourlyRateFrom` on"
RATE_FROM = (
    "From which day on, in the company's time zone; today when absent or null. Dated back, it prices the work that had"
    " no rate, and never changes one that had."
)
FIRST = "Where its tickets usually go first; must be active."
TOWN = "In which town."
ACTIVE = "False takes it out of use: it keeps its name wherever it stands, and nothing new refers to it."


@strawberry.input(description="A new person. The desk may add a requester, without a password, and nobody else.")
class UserCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=PERSON)
    email: str = strawberry.field(description=ADDRESS)
    phone: str | None = optional(PHONE)
    roles: list[Role] = strawberry.field(description=ROLES)
    service_id: strawberry.ID | None = optional(BELONGS)
    site_id: strawberry.ID = strawberry.field(description=WORKS)
    password: str | None = optional("8 to 200 characters; without one they can't sign in with a password.")


@strawberry.input(description="A change of a person; what is absent stays, null clears what may be empty.")
class UserUpdateInput:
    """The contract's."""

    name: str | None = optional(PERSON)
    email: str | None = optional(ADDRESS)
    phone: str | None = optional(PHONE)
    roles: list[Role] | None = optional(f"{ROLES} Who stops being a technician loses the service.")
    service_id: strawberry.ID | None = optional(BELONGS)
    site_id: strawberry.ID | None = optional(WORKS)
    active: bool | None = optional("False: they can't sign in any more, and nothing new refers to them.")
    password: str | None = optional("8 to 200 characters; null takes it away. Their sessions end.")


@strawberry.input(description="A new service.")
class ServiceCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    phone: str | None = optional(CALL)
    email: str | None = optional(WRITE)
    hourly_rate: Decimal | None = optional(f"{RATE}.")
    hourly_rate_from: date | None = optional(RATE_FROM)


@strawberry.input(description="A change of a service; what is absent stays, null clears what may be empty.")
class ServiceUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    phone: str | None = optional(CALL)
    email: str | None = optional(WRITE)
    hourly_rate: Decimal | None = optional(f"{RATE}; null: no rate any more. What was worked before keeps its own.")
    hourly_rate_from: date | None = optional(RATE_FROM)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="A new application.")
class ApplicationCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    default_service_id: strawberry.ID | None = optional(FIRST)


@strawberry.input(description="A change of an application; what is absent stays, null clears what may be empty.")
class ApplicationUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    default_service_id: strawberry.ID | None = optional(FIRST)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="A new site.")
class SiteCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)
    city: str | None = optional(TOWN)


@strawberry.input(description="A change of a site; what is absent stays, null clears what may be empty.")
class SiteUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    city: str | None = optional(TOWN)
    active: bool | None = optional(ACTIVE)


@strawberry.input(description="A new cause.")
class CauseCreateInput:
    """The contract's."""

    name: str = strawberry.field(description=NAME)


@strawberry.input(description="A change of a cause; what is absent stays.")
class CauseUpdateInput:
    """The contract's."""

    name: str | None = optional(NAME)
    active: bool | None = optional(ACTIVE)
