"""Who is asking: a person, their roles, a technician's service, and the scopes of the token that asks for them."""

from dataclasses import dataclass

from osit_graphql.vocabulary import Role, Scope


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
