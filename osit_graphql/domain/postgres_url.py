"""Reads a PostgreSQL URL as libpq's tools write it: one host or several, and the parameters that OSIT supports.

No message contains the URL, which may have a password.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

DEFAULT_PORT: Final = "5432"
SCHEMES: Final = {"postgresql", "postgres"}
PARTS: Final = re.compile(r"([^@]*@)?([^@/?]*)(/[^?]*)?(?:\?(.*))?")
"""User and password, hosts, database, parameters."""
HOST: Final = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^:\[\]@]*)(?::([0-9]*))?")
PARAMETERS: Final = {
    "host": "",
    "port": r"[0-9]+(,[0-9]+)*",
    "sslmode": "disable|allow|prefer|require|verify-ca|verify-full",
    "sslrootcert": r"(?!system$).+",
    "sslcert": ".+",
    "sslkey": ".+",
    "sslcrl": ".+",
    "target_session_attrs": "any|read-write|read-only|primary|standby|prefer-standby",
    "connect_timeout": "[1-9]|[1-5][0-9]|60",
    "passfile": ".+",
}
"""The supported parameters, each with the pattern of its values."""
EXPECTED: Final = {
    "port": "port numbers",
    "sslrootcert": "the path of a file",
    "connect_timeout": "1 to 60, in seconds",
}


def normalize_url(url: str) -> str:
    """Return the URL in the form that SQLAlchemy reads, or raise `ValueError` with a sentence.

    Several hosts become the parameters `host` and `port`, each a list.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in SCHEMES:
        raise ValueError("a PostgreSQL URL starts with postgresql://")
    if not (parts := PARTS.fullmatch(rest)):
        raise ValueError("the address cannot be read: encode special characters of the password, as %40 for @")
    login, hosts, database, query = (part or "" for part in parts.groups())
    parameters = _read_parameters(query)
    if "," in hosts or hosts.startswith("%"):
        places = [*map(_read_host, hosts.split(","))]
        hosts = ""
        parameters |= {"host": ",".join(name for name, _ in places), "port": ",".join(port for _, port in places)}
    else:
        _read_host(hosts)
    _check_ports(parameters)
    encoded = urlencode(parameters, quote_via=quote, safe="/,:")
    return f"postgresql+asyncpg://{login}{hosts}{database}{'?' * bool(encoded)}{encoded}"


def _read_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        known = "sslmode" if name == "ssl" else name  # asyncpg's name
        if known not in PARAMETERS:
            raise ValueError(f"the parameter « {name} » is not supported; supported are {', '.join(PARAMETERS)}")
        if (pattern := PARAMETERS[known]) and not re.fullmatch(pattern, value):
            expected = EXPECTED.get(known) or pattern.replace("|", ", ").replace(".+", "the path of a file")
            raise ValueError(f"the parameter « {name} » is not valid: {expected}")
        parameters[known] = f"{parameters[known]},{value}" if known == "host" in parameters else value
    return parameters


def _read_host(text: str) -> tuple[str, str]:
    if not (match := HOST.fullmatch(text)):
        raise ValueError("a host is a name, an address, or an IPv6 address in brackets, and its port is a number")
    return unquote(match[1]).strip("[]"), match[2] or DEFAULT_PORT


def _check_ports(parameters: dict[str, str]) -> None:
    hosts, ports = (list(_split(parameters.get(name, ""))) for name in ("host", "port"))
    if len(ports) > 1 and len(ports) != len(hosts):
        raise ValueError(f"there are {len(ports)} ports for {len(hosts)} hosts")
    if any(int(port) not in range(1, 65_536) for port in ports):
        raise ValueError("a port is a number from 1 to 65535")


def _split(listed: str) -> Iterator[str]:
    return filter(None, listed.split(","))
