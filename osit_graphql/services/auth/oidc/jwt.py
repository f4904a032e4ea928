"""A token's form, checked before any key is looked up, and its signature.

Nothing in a token chooses how it is verified: the settings list the algorithms, and the issuer's key set has the keys.
`jku`, `jwk`, `x5u` and `x5c` are never read.
"""

import re
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from osit_graphql.services.auth.oidc.jwks import PublicKey
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected, parse_object

MAX_TOKEN_LENGTH = 8 * 1024
MAX_KID_LENGTH = 256
THREE_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Unsupported extensions, which would change the signed content; `enc` would be an encrypted token.
EXTENSIONS = {"crit", "b64", "enc", "zip"}


class Registry(jws.JWSRegistry):
    """joserfc's registry without its limit on headers: `MAX_TOKEN_LENGTH` limits the token."""

    max_header_length = MAX_TOKEN_LENGTH


@dataclass(frozen=True)
class Header:
    """The unverified header of a token."""

    algorithm: str
    kid: str | None
    type: str | None


def read_header(token: str, algorithms: tuple[str, ...]) -> Header:
    """Return a token's header; raises `Rejected` for a token that no key could make valid."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise Rejected("too long")
    if not THREE_SEGMENTS.fullmatch(token):
        raise Rejected("not three segments")
    try:
        members = parse_object(urlsafe_b64decode(token.partition(".")[0].encode()), "the header")
    except ValueError:
        raise Rejected("the header is not base64url") from None
    algorithm, kid, type_ = members.get("alg"), members.get("kid"), members.get("typ")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Rejected("an algorithm that is not listed")
    if not EXTENSIONS.isdisjoint(members):
        raise Rejected("an unsupported extension")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= MAX_KID_LENGTH):
        raise Rejected("an invalid kid")
    if type_ is not None and not isinstance(type_, str):
        raise Rejected("an invalid typ")
    return Header(algorithm, kid, type_)


def verify_signature(token: str, header: Header, key: PublicKey) -> Members:
    """Return the claims of a token that this key signed with the header's algorithm; raises `Rejected`."""
    registry = Registry(algorithms=[header.algorithm], strict_check_header=False)
    try:
        verified = jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise Rejected("the signature does not match the key") from None
    return parse_object(verified.payload, "the payload")
