"""The network of a client, for counting its requests and failed logins."""

from ipaddress import IPv6Address, ip_address

IPV6_HOST_BITS = 64
UNKNOWN_NETWORK = "nowhere"


def client_network(address: str | None) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address: its holder chooses the other 64 bits freely.

    An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is that IPv4 address.
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or UNKNOWN_NETWORK
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed) >> IPV6_HOST_BITS << IPV6_HOST_BITS)
    return str(parsed)
