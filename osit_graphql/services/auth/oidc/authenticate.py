"""From a bearer token to its viewer: verified, linked to a person, with their current roles."""

from typing import TYPE_CHECKING

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Forbidden, NoRole, NoServiceOfTheirs, NotLinked
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services import security_log
from osit_graphql.services.auth.oidc.identity_links import LinkedPerson, find_linked_person
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from osit_graphql.services.auth.oidc.verifier import Issuer


def load_issuer(settings: Settings) -> "Issuer | None":
    """Return the issuer in the settings, None without one. Nothing is fetched from it before its first token."""
    if settings.oidc_issuer is None:
        return None
    from osit_graphql.services.auth.oidc.verifier import Issuer  # noqa: PLC0415 - its libraries load slowly

    return Issuer(settings.oidc_issuer, settings)


def is_jwt(token: str) -> bool:
    """Whether a token has the form of an issuer's; OSIT's own tokens contain no dot."""
    return "." in token


async def get_viewer(database: Database, issuer: "Issuer", token: str) -> Viewer | None:
    """Return the viewer of a token; None when it is invalid, or its person inactive.

    Raises `NotLinked` for a valid token whose subject is not linked, `NoRole` and `NoServiceOfTheirs` when the mapped
    groups give no role or need a service, `IssuerAway` when the issuer's keys are unavailable. The reason for a
    refusal is logged and not in the response.
    """
    try:
        claims = await issuer.verify(token)
    except Rejected as rejected:
        security_log.record(SecurityEvent.TOKEN_REFUSED, method="oidc", reason=rejected.reason)
        return None
    async with database.reading(System.SIGN_IN) as session:
        person = await find_linked_person(session, issuer.url, claims.subject)
    if person is None:
        security_log.record(SecurityEvent.IDENTITY_NOT_LINKED, issuer=issuer.url, subject=claims.subject)
        raise NotLinked
    if not person.active:
        reason = "its person is not active"
        security_log.record(SecurityEvent.TOKEN_REFUSED, method="oidc", reason=reason, person=person.person_id)
        return None
    try:
        viewer = _viewer(person, claims.groups, issuer.settings.oidc_roles)
    except Forbidden:
        reason = "its groups give no role, or one that needs a service"
        security_log.record(SecurityEvent.TOKEN_REFUSED, method="oidc", reason=reason, person=person.person_id)
        raise
    if issuer.sees_first(token):
        security_log.record(SecurityEvent.SIGN_IN_SUCCEEDED, person=person.person_id, method="oidc")
    return viewer


def _viewer(person: LinkedPerson, groups: frozenset[str], roles_by_group: dict[str, Role] | None) -> Viewer:
    """Return the viewer with the directory's roles, or with those of the token's groups if the settings map any."""
    if roles_by_group is None:
        roles = frozenset(map(Role, person.roles))
        return Viewer(person.person_id, roles, person.service_id, has_directory_roles=True)
    roles = frozenset(role for group, role in roles_by_group.items() if group in groups)
    if not roles:
        raise NoRole
    if Role.TECHNICIAN not in roles:
        return Viewer(person.person_id, roles)
    if person.service_id is None:
        raise NoServiceOfTheirs
    return Viewer(person.person_id, roles, person.service_id)
