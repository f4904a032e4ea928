"""The viewer of a request (a signed-in person), or the system job that opens a transaction."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from osit_graphql.domain.enums import Role, Scope


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as stored when the request began. `scopes` is None for a session.

    `session_digest`: digest of their session's token; None for a token of another kind.
    `has_directory_roles`: whether roles and service are the directory's, and not those of an issuer's groups.
    A technician always has a service: `None` would become `service_id IS NULL` in SQL, which matches rows.
    """

    user_id: int
    roles: frozenset[Role]
    service_id: int | None = None
    scopes: frozenset[Scope] | None = None
    session_digest: bytes | None = field(default=None, compare=False, repr=False)
    has_directory_roles: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse combinations that visibility can't evaluate."""
        if not self.roles:
            raise ValueError("a viewer has at least one role")
        if (Role.TECHNICIAN in self.roles) != (self.service_id is not None):
            raise ValueError("technicians have a service, others have none")

    def matches_directory(self, roles: Collection[str], service_id: int | None) -> bool:
        """Whether roles and service are these, which the directory has now; True if they are not the directory's."""
        return not self.has_directory_roles or (self.roles, self.service_id) == (frozenset(roles), service_id)

    @property
    def permission_key(self) -> Hashable:
        """Key of a cached statement: roles and scopes, which decide its text."""
        return self.roles, self.scopes


class System(StrEnum):
    """A job without a viewer. `db.rls.policies` limits each to the tables that it needs."""

    HEALTH = "system:health"
    """Health and version checks: no table but Alembic's."""
    SIGN_IN = "system:sign-in"
    """Authentication: SECURITY DEFINER functions, and new sessions."""
    REPORTS = "system:reports"
    """Report rollups: reads every intervention, writes through functions only."""
    DIRECTORY = "system:directory"
    """`osit user` and `osit token`: people, and the names of services and sites."""
    IMPORT = "system:import"
    """`osit import`: the directory, and tickets with their history."""
    DEMO = "system:demo"
    """The demo company."""
    AUDIT = "system:audit"
    """`osit audit`: compares history with its seals through functions that return no row."""
    PURGE = "system:purge"
    """Deletes expired idempotency keys, sessions, API tokens and login failure counts."""


Principal: TypeAlias = Viewer | System
