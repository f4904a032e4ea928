"""Who is asking: a person with their roles and a technician's service, or a job of the system's own."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from osit_graphql.domain.enums import Role, Scope


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody signed in, as the database knew them when this request began.

    A technician always has a service: a `None` here would read as `service_id IS NULL` in SQL, a match rather
    than a refusal.
    """

    user_id: int
    roles: frozenset[Role]
    service_id: int | None = None
    scopes: frozenset[Scope] | None = None  # of the token that asks for them; None: signed in, everything of theirs

    def __post_init__(self) -> None:
        """Refuse what the law could not read."""
        if not self.roles:
            raise ValueError("a viewer has at least one role")
        if (Role.TECHNICIAN in self.roles) != (self.service_id is not None):
            raise ValueError("a technician has a service, and nobody else has")

    @property
    def standing(self) -> Hashable:
        """What the law reads of them beside who they are and which service is theirs."""
        return self.roles, self.scopes


class System(StrEnum):
    """A job that nobody signed in does; PostgreSQL lets each reach what it is for, and nothing else (`policies`)."""

    HEALTH = "system:health"
    """Whether the database answers, and at which version: it reaches no table but the chain's own."""
    SIGN_IN = "system:sign-in"
    """Finding out who asks, through functions that answer one question each; it opens sessions."""
    REPORTS = "system:reports"
    """Keeping the figures up: it reads every line, and writes through functions alone."""
    DIRECTORY = "system:directory"
    """`osit user`: people, and the names of services and sites."""
    IMPORT = "system:import"
    """`osit import`: the directory, and whole tickets with their history."""
    DEMO = "system:demo"
    """The demo company, whole."""
    AUDIT = "system:audit"
    """`osit audit`: comparing history with its seals, through functions that tell no row."""
    PURGE = "system:purge"
    """Clearing away what has had its time: keys, sessions, tokens, counts of failed sign-ins."""


Principal: TypeAlias = Viewer | System
