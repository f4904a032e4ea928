"""An issuer's public keys, out of its JSON Web Key Set: those that can verify a signature, and nothing else."""

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from osit_graphql.services.auth.oidc.strict_json import Members, Rejected

PublicKey = RSAKey | ECKey

TYPES: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
RSA_BITS = 2048
MOST_KEYS = 100


def read_keys(document: Members) -> tuple[PublicKey, ...]:
    """Return the keys of a set that verify signatures; raise `Rejected` when there is none.

    Left out is a key of another type or use, one too weak, one that can't be read, and one that is private: whoever
    publishes that has lost it.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Rejected("its key set is no list of keys")
    keys = tuple(key for key in map(_read_key, listed) if key is not None)
    if not keys:
        raise Rejected("its key set has no key that verifies a signature")
    return keys


def _read_key(members: Any) -> PublicKey | None:
    if not isinstance(members, dict) or members.get("use", "sig") != "sig" or "verify" not in _operations(members):
        return None
    kind = TYPES.get(str(members.get("kty")))
    if kind is None or "d" in members:
        return None
    try:
        key = kind.import_key(members)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS else key


def _operations(members: Members) -> list[Any]:
    said = members.get("key_ops", ["verify"])
    return said if isinstance(said, list) else []


def pick(keys: tuple[PublicKey, ...], kid: str | None, algorithm: str) -> PublicKey | None:
    """Return the key of this name that may be used with this algorithm; without a name, only if there is no other."""
    fitting = [key for key in keys if _fits(key, algorithm)]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.kid == kid), None)


def _fits(key: PublicKey, algorithm: str) -> bool:
    if key.alg not in {None, algorithm}:
        return False
    if isinstance(key, ECKey):
        return CURVES.get(algorithm) == key.curve_name
    return algorithm.startswith(("RS", "PS"))
