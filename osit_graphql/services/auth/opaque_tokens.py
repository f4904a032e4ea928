"""Opaque tokens: 256 random bits behind a prefix that secret scanners recognize. Only their digest is stored."""

import hashlib
import secrets
import string
import zlib

SESSION_PREFIX = "osit_s_"
API_TOKEN_PREFIX = "osit_t_"  # noqa: S105 - the prefix of the secrets, not one of them
ALPHABET = string.digits + string.ascii_letters
RANDOM_LENGTH = 43  # base62 digits: the fewest that hold 256 bits
CHECKSUM_LENGTH = 6  # base62 digits: the fewest that hold a CRC-32


def generate(prefix: str) -> str:
    """Return a new token: the prefix, 256 random bits, and a checksum of both."""
    body = prefix + _to_base62(secrets.randbits(256), RANDOM_LENGTH)
    return body + _checksum(body)


def has_valid_checksum(token: str) -> bool:
    """Whether the checksum is right: mistyped or truncated tokens are refused without a database query."""
    body, checksum = token[:-CHECKSUM_LENGTH], token[-CHECKSUM_LENGTH:]
    return token.isascii() and secrets.compare_digest(_checksum(body), checksum)


def digest(token: str) -> bytes:
    """Return the stored digest; a fast hash is enough, because 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _checksum(body: str) -> str:
    return _to_base62(zlib.crc32(body.encode("ascii")), CHECKSUM_LENGTH)


def _to_base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, remainder = divmod(number, len(ALPHABET))
        digits = ALPHABET[remainder] + digits
    return digits
