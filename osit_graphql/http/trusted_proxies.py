"""Client addresses behind reverse proxies.

Only trusted proxies can set the client's address and scheme; their headers set nothing else.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

import structlog
from starlette.types import Scope

from osit_graphql.http.request import client_address, headers_by_name

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDING_HEADERS = {b"x-forwarded-for", b"forwarded"}
MAX_CACHED_LOOKUPS = 4096  # peers, and peers with their headers
MAX_CACHED_CHARACTERS = 200  # of forwarding headers: longer ones are not cached
MAX_LOGGED_PEERS = 100  # untrusted proxies in the log, one line each
MAX_HEADER_CHARACTERS = 4_000  # of a list of addresses; a longer list is ignored

# `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` (RFC 7239). The header is parsed completely or not at all: an
# open quote from the client must not hide the element that our proxy appended.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the RFC's word
_PAIR = rf"{_TOKEN}=(?:{_TOKEN}|\"[^\"\\]*\")"
_ELEMENT = rf"{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*"
_FORWARDED = re.compile(rf"{_ELEMENT}(?:[ \t]*,[ \t]*{_ELEMENT})*")
_FOR = re.compile(rf"(?:^|;)[ \t]*for=(?:({_TOKEN})|\"([^\"\\]*)\")", re.IGNORECASE)
_HTTPS = re.compile(r"(?:^|[;\s])proto=\"?https\"?(?:[;\s]|$)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"")

log = structlog.get_logger()


class ForwardingHeaders(NamedTuple):
    """The forwarding headers of one request, one entry per header line."""

    x_forwarded_for: tuple[str, ...]
    forwarded: tuple[str, ...]
    x_forwarded_proto: str

    @property
    def length(self) -> int:
        """The number of characters in all of them."""
        return len(self.x_forwarded_proto) + sum(map(len, self.x_forwarded_for)) + sum(map(len, self.forwarded))


class TrustedProxies:
    """The networks of trusted proxies; resolves the client's address and scheme from their headers."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._is_trusted = lru_cache(MAX_CACHED_LOOKUPS)(self._is_in_networks)
        self._cached_client = lru_cache(MAX_CACHED_LOOKUPS)(self._client_and_scheme)
        self._logged_peers: set[str] = set()

    def sent(self, scope: Scope) -> bool:
        """Whether a trusted proxy sent the request: ask before `resolve`, which replaces the proxy's address."""
        peer = client_address(scope)
        return peer is not None and self._is_trusted(peer)

    def resolve(self, scope: Scope) -> Scope:
        """Return the scope with the client's address and scheme in place of a trusted proxy's."""
        peer = client_address(scope)
        if peer is None:
            return scope
        if not self._is_trusted(peer):
            if not FORWARDING_HEADERS.isdisjoint(headers_by_name(scope)):
                self._log_untrusted(peer)
            return scope
        headers = _read_forwarding_headers(scope)
        client_and_scheme = self._cached_client if headers.length <= MAX_CACHED_CHARACTERS else self._client_and_scheme
        address, https = client_and_scheme(peer, headers)
        resolved = {**scope, "client": (address, 0)}
        if https:
            resolved["scheme"] = "https"
        return resolved

    def _client_and_scheme(self, peer: str, headers: ForwardingHeaders) -> tuple[str, bool]:
        return self._client_address(peer, headers), _is_https(headers)

    def _client_address(self, peer: str, headers: ForwardingHeaders) -> str:
        """Return the right-most address outside the trusted networks; the last proxy's own if that cannot be read.

        Proxies append on the right, so a client's forgery stands left of the entries that our proxies wrote. A proxy
        writes one of the two headers and passes the other on: if both are present and differ, neither counts.
        """
        addresses = set()
        if lines := headers.x_forwarded_for:
            addresses.add(self._nearest_untrusted(peer, ",".join(lines).split(",") if _is_short(lines) else None))
        if lines := headers.forwarded:
            addresses.add(
                self._nearest_untrusted(peer, _parse_forwarded(", ".join(lines)) if _is_short(lines) else None)
            )
        return addresses.pop() if len(addresses) == 1 else peer

    def _nearest_untrusted(self, peer: str, hops: Sequence[str] | None) -> str:
        nearest = peer
        for hop in reversed(hops or ()):
            address = _parse_address(hop)
            if address is None:
                break
            nearest = str(address)
            if not self._is_trusted(nearest):
                break
        return nearest

    def _is_in_networks(self, text: str) -> bool:
        address = _parse_address(text)
        return address is not None and any(address in network for network in self._networks)

    def _log_untrusted(self, peer: str) -> None:
        if peer not in self._logged_peers and len(self._logged_peers) < MAX_LOGGED_PEERS:
            self._logged_peers.add(peer)
            log.warning("undeclared proxy", peer=peer, advice="add it to OSIT_TRUSTED_PROXIES if it is your proxy")


def _read_forwarding_headers(scope: Scope) -> ForwardingHeaders:
    x_forwarded_for, forwarded, x_forwarded_proto = [], [], None
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for":
            x_forwarded_for.append(value.decode("latin-1"))
        elif name == b"forwarded":
            forwarded.append(value.decode("latin-1"))
        elif name == b"x-forwarded-proto" and x_forwarded_proto is None:
            x_forwarded_proto = value.decode("latin-1")
    return ForwardingHeaders(tuple(x_forwarded_for), tuple(forwarded), x_forwarded_proto or "")


def _is_https(headers: ForwardingHeaders) -> bool:
    """Whether the client used TLS, according to the nearest proxy. Only HSTS and redirects depend on it."""
    nearest = headers.forwarded[-1].rpartition(",")[2] if headers.forwarded else ""
    return headers.x_forwarded_proto.strip().lower() == "https" or bool(_HTTPS.search(nearest))


def _is_short(lines: Iterable[str]) -> bool:
    return sum(map(len, lines)) <= MAX_HEADER_CHARACTERS


def _parse_forwarded(text: str) -> list[str] | None:
    """Return the `for=` of each element, "" for an element without one; None if the header violates RFC 7239."""
    if not _FORWARDED.fullmatch(text):
        return None
    # A comma in quotes would split an element; no address contains one, so such an element is unreadable anyway.
    elements = _QUOTED.sub(lambda match: match[0].replace(",", "?").replace(";", "?"), text).split(",")
    pairs_of_elements = [_FOR.findall(element.strip()) for element in elements]
    return ["".join(pairs[0]) if len(pairs) == 1 else "" for pairs in pairs_of_elements]


def _parse_address(text: str) -> Address | None:
    """Parse `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; None for the rest."""
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
