"""From a bearer token to who is asking: verified, linked, and with the roles of this very moment."""

import structlog

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import NoRole, NoServiceOfTheirs, NotLinked
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth.oidc.config import Asserted, Terms
from osit_graphql.services.auth.oidc.identity_links import Bearer, find_bearer
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.services.auth.oidc.verifier import Issuer

log = structlog.get_logger()


async def viewer_of_jwt(database: Database, issuer: Issuer, token: str) -> Viewer | None:
    """Return who bears this token; None when it is not good, or its person is gone.

    Raise `NotLinked` for a good token of somebody whom nobody linked, `NoRole` and `NoServiceOfTheirs` when groups are
    mapped to roles and leave them without, `IssuerAway` when the issuer's keys can't be had. Why a token was refused is
    in the log, and not in the answer: whoever forges learns nothing.
    """
    try:
        asserted = await issuer.verify(token)
    except Rejected as rejected:
        log.info("token_refused", reason=rejected.reason)
        return None
    async with database.reading(System.SIGN_IN) as session:
        bearer = await find_bearer(session, issuer.terms.issuer, asserted.subject)
    if bearer is None:
        log.warning("identity_not_linked", issuer=issuer.terms.issuer, subject=asserted.subject)
        raise NotLinked
    if not bearer.active:
        log.info("token_refused", reason="its person is not active")
        return None
    return _see(bearer, asserted, issuer.terms)


def _see(bearer: Bearer, asserted: Asserted, terms: Terms) -> Viewer:
    """Give them their roles: the directory's, or those of their groups alone where a mapping is declared."""
    if terms.roles is None:
        return Viewer(bearer.person_id, frozenset(map(Role, bearer.roles)), bearer.service_id)
    roles = frozenset(role for group, role in terms.roles.items() if group in asserted.groups)
    if not roles:
        raise NoRole
    if Role.TECHNICIAN not in roles:
        return Viewer(bearer.person_id, roles)
    if bearer.service_id is None:
        raise NoServiceOfTheirs
    return Viewer(bearer.person_id, roles, bearer.service_id)
