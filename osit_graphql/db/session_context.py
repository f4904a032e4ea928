"""Renders the settings that tell PostgreSQL who the viewer of a transaction is.

Row-level security reads `osit.person`, `osit.roles`, `osit.service` and `osit.reports` (`db.rls`). They are set with
SET LOCAL: they end with the transaction, so no connection carries a viewer into the next one.
"""

from functools import lru_cache

from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import Principal, System, Viewer

ROLE_SETS = 256  # more than there are sets of roles


class MissingViewerError(TypeError):
    """A transaction was started without a viewer: a bug of the calling code."""


def viewer_settings(viewer: Principal, *, reports: bool = False) -> str:
    """Return the SET LOCAL statements. Their values are integers and enumeration members, never text of a client.

    `reports`: whether a technician also reads the interventions that the reports of their service count.
    """
    if isinstance(viewer, System):
        return f"SET LOCAL osit.roles = '{System(viewer).value}'"
    if not isinstance(viewer, Viewer):
        raise MissingViewerError(f"a transaction needs a Viewer or a System, not {type(viewer).__name__}")
    settings = f"SET LOCAL osit.person = '{int(viewer.user_id):d}'; SET LOCAL osit.roles = '{_words(viewer.roles)}'"
    if viewer.service_id is not None:
        settings += f"; SET LOCAL osit.service = '{int(viewer.service_id):d}'"
    return f"{settings}; SET LOCAL osit.reports = 'on'" if reports else settings


@lru_cache(ROLE_SETS)
def _words(roles: frozenset[Role]) -> str:
    return ",".join(sorted(Role(role).value for role in roles))
