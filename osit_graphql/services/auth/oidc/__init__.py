"""Signing in elsewhere: bearer tokens of one OpenID Connect issuer, and whom its subjects stand for here.

Identity is issuer and subject, linked to a person by an administrator; an e-mail address links nothing. What the person
may do is the directory's, or what a declared mapping of the token's groups says: decided again at each request.
"""

from osit_graphql.services.auth.oidc.authenticate import viewer_of_jwt
from osit_graphql.services.auth.oidc.config import SUBJECT_LIMIT
from osit_graphql.services.auth.oidc.identity_links import ISSUER_LIMIT, link, unlink
from osit_graphql.services.auth.oidc.verifier import Issuer, is_jwt

__all__ = ["ISSUER_LIMIT", "SUBJECT_LIMIT", "Issuer", "is_jwt", "link", "unlink", "viewer_of_jwt"]
