"""Whom a request comes from when proxies stand in front: only declared ones are believed, and only about that."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from osit_graphql.http.request import read_fields

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDING = {b"x-forwarded-for", b"forwarded"}
REMEMBERED = 4096  # peers, and what they say: a proxy is always the same one, its callers are for a while
COMMON = 200  # characters of what a proxy says that is remembered: there is one address, or a few
TOLD = 100  # undeclared proxies that the log names, each once
LONGEST = 4_000  # characters of a header of addresses: beyond, nobody's chain of proxies

# `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` (RFC 7239). Read whole or not at all: a quote that a client
# left open must not swallow what our own proxy added behind it.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the RFC's word
_PAIR = rf"{_TOKEN}=(?:{_TOKEN}|\"[^\"\\]*\")"
_ELEMENT = rf"{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*"
_FORWARDED = re.compile(rf"{_ELEMENT}(?:[ \t]*,[ \t]*{_ELEMENT})*")
_FOR = re.compile(rf"(?:^|;)[ \t]*for=(?:({_TOKEN})|\"([^\"\\]*)\")", re.IGNORECASE)
_SECURE = re.compile(r"(?:^|[;\s])proto=\"?https\"?(?:[;\s]|$)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"")

log = structlog.get_logger()


class Said(NamedTuple):
    """What a proxy says of whom it speaks for, line by line as it came."""

    listed: tuple[str, ...]
    forwarded: tuple[str, ...]
    protocol: str

    @property
    def length(self) -> int:
        """How many characters there are to remember."""
        return len(self.protocol) + sum(map(len, self.listed)) + sum(map(len, self.forwarded))


class TrustedProxies:
    """Middleware, the outermost: from a declared proxy, puts who really calls and how in the scope's place."""

    def __init__(self, app: ASGIApp, proxies: "Proxies") -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] in {"http", "websocket"}:
            scope = self._proxies.resolve(scope)
        await self._app(scope, receive, send)


class Proxies:
    """Those that were declared, and what they say."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._trusts = lru_cache(REMEMBERED)(self._is_declared)
        self._remember = lru_cache(REMEMBERED)(self._understand)
        self._told: set[str] = set()

    def resolve(self, scope: Scope) -> Scope:
        """Return the scope as the caller's own."""
        peer = scope["client"][0] if scope.get("client") else None
        if peer is None:
            return scope
        if not self._trusts(peer):
            if not FORWARDING.isdisjoint(read_fields(scope)):
                self._tell(peer)
            return scope
        said = _hear(scope)
        understand = self._remember if said.length <= COMMON else self._understand
        caller, secure = understand(peer, said)
        resolved = {**scope, "client": (caller, 0)}
        if secure:
            resolved["scheme"] = "https" if scope["type"] == "http" else "wss"
        return resolved

    def _understand(self, peer: str, said: Said) -> tuple[str, bool]:
        return self._find_caller(peer, said), _is_secure(said)

    def _find_caller(self, peer: str, said: Said) -> str:
        """Return the right-most address that is no proxy of ours; the last proxy's own when it can't be told.

        Proxies add at the right, so what a client made up stands left of what ours saw. A proxy writes one of the two
        headers and hands the other on: when both are there and differ, neither is believed.
        """
        found = set()
        if listed := said.listed:
            found.add(self._walk(peer, ",".join(listed).split(",") if _is_short(listed) else None))
        if listed := said.forwarded:
            found.add(self._walk(peer, _read_forwarded(", ".join(listed)) if _is_short(listed) else None))
        return found.pop() if len(found) == 1 else peer

    def _walk(self, peer: str, hops: Sequence[str] | None) -> str:
        nearest = peer
        for hop in reversed(hops or ()):
            address = _read_address(hop)
            if address is None:
                break
            nearest = str(address)
            if not self._trusts(nearest):
                break
        return nearest

    def _is_declared(self, text: str) -> bool:
        address = _read_address(text)
        return address is not None and any(address in network for network in self._networks)

    def _tell(self, peer: str) -> None:
        if peer not in self._told and len(self._told) < TOLD:
            self._told.add(peer)
            log.warning("undeclared proxy", peer=peer, advice="if it is one of yours, OSIT_TRUSTED_PROXIES names it")


def _hear(scope: Scope) -> Said:
    listed, forwarded, protocol = [], [], None
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for":
            listed.append(value.decode("latin-1"))
        elif name == b"forwarded":
            forwarded.append(value.decode("latin-1"))
        elif name == b"x-forwarded-proto" and protocol is None:
            protocol = value.decode("latin-1")
    return Said(tuple(listed), tuple(forwarded), protocol or "")


def _is_secure(said: Said) -> bool:
    """Whether the caller spoke TLS, as the nearest proxy says; only ever used to ask the caller to go on with it."""
    nearest = said.forwarded[0].rpartition(",")[2] if said.forwarded else ""
    return said.protocol.strip().lower() == "https" or bool(_SECURE.search(nearest))


def _is_short(lines: Iterable[str]) -> bool:
    return sum(map(len, lines)) <= LONGEST


def _read_forwarded(text: str) -> list[str] | None:
    """Return what each `for=` says, "" for an element without one; None for what is not in the RFC's form."""
    if not _FORWARDED.fullmatch(text):
        return None
    # Commas in quotes would cut an element in two: none stands in an address, so such an element can't be read anyway.
    elements = _QUOTED.sub(lambda quoted: quoted[0].replace(",", "?").replace(";", "?"), text).split(",")
    found = [_FOR.findall(element.strip()) for element in elements]
    return ["".join(pairs[0]) if len(pairs) == 1 else "" for pairs in found]


def _read_address(text: str) -> Address | None:
    """Read `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; None for the rest."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
