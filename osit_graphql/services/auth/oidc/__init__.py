"""OpenID Connect: bearer tokens of one issuer, and the people that their subjects are linked to.

An administrator links issuer and subject to a person; e-mail addresses link nothing. The roles are the directory's, or
those that the settings map the token's groups to, and are read at each request.
"""

from osit_graphql.services.auth.oidc.authenticate import get_viewer, is_jwt, load_issuer
from osit_graphql.services.auth.oidc.identity_links import ISSUER_LIMIT, SUBJECT_LIMIT, link, unlink

__all__ = ["ISSUER_LIMIT", "SUBJECT_LIMIT", "get_viewer", "is_jwt", "link", "load_issuer", "unlink"]
