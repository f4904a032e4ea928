"""Secrets that are handed out: 256 random bits that a scanner recognises, of which only the digest is kept."""

import hashlib
import secrets
import string
import zlib

SESSION = "osit_s_"  # what a sign-in opens
TOKEN = "osit_t_"  # noqa: S105 - what the secrets of programs begin with
ALPHABET = string.digits + string.ascii_letters
BODY = 43  # letters of 62: the least that hold 256 bits
CHECKSUM = 6  # letters: the least that hold a CRC-32


def mint(prefix: str) -> str:
    """Return a new secret: the prefix, 256 random bits, and a checksum of all before it."""
    said = prefix + _spell(secrets.randbits(256), BODY)
    return said + _checksum(said)


def is_whole(token: str) -> bool:
    """Whether its checksum holds: what was mistyped or cut off is refused without asking the database."""
    return token.isascii() and secrets.compare_digest(_checksum(token[:-CHECKSUM]), token[-CHECKSUM:])


def digest(token: str) -> bytes:
    """Return what is kept of a secret: nothing slower is needed for one that nobody can guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _checksum(said: str) -> str:
    return _spell(zlib.crc32(said.encode("ascii")), CHECKSUM)


def _spell(number: int, letters: int) -> str:
    spelt = ""
    for _ in range(letters):
        number, rest = divmod(number, len(ALPHABET))
        spelt = ALPHABET[rest] + spelt
    return spelt
