"""A token's form and seal: what it must look like before a key is looked for, what it says once it is verified.

Nothing in a token chooses how it is verified: algorithms are the configuration's, keys the issuer's own document's.
`jku`, `jwk`, `x5u` and `x5c` are never read.
"""

import re
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from osit_graphql.services.auth.oidc.jwks import PublicKey
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected, parse_object

LIMIT = 8 * 1024
KID_LIMIT = 256
THREE_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Extensions that change what is signed or hidden, none of which is understood here; `enc` would be an encrypted token.
EXTENSIONS = {"crit", "b64", "enc", "zip"}


class Registry(jws.JWSRegistry):
    """joserfc's, without its limit on headers: the whole token has one here."""

    max_header_length = LIMIT


@dataclass(frozen=True)
class Header:
    """What a token says of itself before anybody knows whether it is true."""

    algorithm: str
    kid: str | None
    type: str | None


def read_header(token: str, algorithms: tuple[str, ...]) -> Header:
    """Return its header, or raise `Rejected` for what no key needs to be looked for."""
    if len(token) > LIMIT:
        raise Rejected("too long")
    if not THREE_SEGMENTS.fullmatch(token):
        raise Rejected("not three segments")
    try:
        members = parse_object(urlsafe_b64decode(token.partition(".")[0].encode()), "the header")
    except ValueError:
        raise Rejected("the header is not base64url") from None
    algorithm, kid, kind = members.get("alg"), members.get("kid"), members.get("typ")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Rejected("an algorithm that is not listed")
    if not EXTENSIONS.isdisjoint(members):
        raise Rejected("an extension that is not understood")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= KID_LIMIT):
        raise Rejected("no kid is like this")
    if kind is not None and not isinstance(kind, str):
        raise Rejected("no typ is like this")
    return Header(algorithm, kid, kind)


def open_sealed(token: str, header: Header, key: PublicKey) -> Members:
    """Return the claims under a signature that this key made, by the header's algorithm; or raise `Rejected`."""
    registry = Registry(algorithms=[header.algorithm], strict_check_header=False)
    try:
        sealed = jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise Rejected("the signature is not this key's") from None
    return parse_object(sealed.payload, "the payload")
