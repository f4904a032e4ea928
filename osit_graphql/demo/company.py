"""The demo company's directory, read from `texts/company.toml`: sites, services, applications, causes, people."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from osit_graphql.demo.texts import Table, read_texts
from osit_graphql.domain.enums import Role
from osit_graphql.http.graphiql import DemoAccount

EMAIL_DOMAIN = "demo.example"
PASSWORD = "osit-demo"  # noqa: S105 - of the accounts; public, as is the demo company


@dataclass(frozen=True)
class Site:
    """A site; `code` is in the names of its machines, `phone` begins its numbers."""

    name: str
    city: str
    code: str
    phone: str


@dataclass(frozen=True)
class Service:
    """A service; each of `rates` has `months_back`, counted from this month, and perhaps an `hourly_rate`."""

    name: str
    email: str
    phone: str
    rates: Sequence[Table]


@dataclass(frozen=True)
class Employee:
    """A person; `account` replaces the name in the e-mail address of a public demo account."""

    title: str
    first: str
    last: str
    site: Site
    roles: tuple[Role, ...]
    service: str | None = None
    account: str | None = None
    has_left: bool = False

    @property
    def name(self) -> str:
        """First and last name, as in the directory."""
        return f"{self.first} {self.last}"

    @property
    def formal_name(self) -> str:
        """Title and last name, as operators write it."""
        return f"{self.title} {self.last}"

    @property
    def email(self) -> str:
        """E-mail address, at a reserved domain."""
        local_part = self.account or f"{self.first}.{self.last}".replace(" ", "-")
        ascii_only = unicodedata.normalize("NFKD", local_part).encode("ascii", "ignore").decode().lower()
        return f"{ascii_only}@{EMAIL_DOMAIN}"


def _parse_employee(values: Table) -> Employee:
    roles = tuple(Role(role) for role in values.get("roles", ["REQUESTER"]))
    return Employee(**{**values, "site": _SITES_BY_CITY[values["site"]], "roles": roles})


_COMPANY = read_texts("company")

SITES = tuple(Site(**values) for values in _COMPANY["sites"])
SERVICES = tuple(Service(**values) for values in _COMPANY["services"])
DEFAULT_SERVICES: dict[str, str] = {each["name"]: each["service"] for each in _COMPANY["applications"]}
INCIDENT_FILES: dict[str, str] = {each["name"]: each["incidents"] for each in _COMPANY["applications"]}
CAUSES: Sequence[str] = _COMPANY["causes"]
CALL_SHARES: dict[str, int] = _COMPANY["call_shares"]
ACCOUNT_LABELS: dict[str, str] = _COMPANY["account_labels"]
_SITES_BY_CITY = {site.city: site for site in SITES}
PEOPLE = tuple(_parse_employee(values) for values in _COMPANY["people"])
ACCOUNTS = tuple(
    DemoAccount(str(person.roles[0]), label, person.email, PASSWORD)
    for account, label in ACCOUNT_LABELS.items()
    for person in PEOPLE
    if person.account == account
)

# Causes that the generators treat specially.
DEFECT = "Défaut logiciel"
DATABASE_CONNECTION = "Connexion à la base de données"
USER_MISTAKE = "Erreur de manipulation"
CHANGE_REQUEST = "Évolution demandée"

OPERATORS = tuple(person for person in PEOPLE if Role.OPERATOR in person.roles and person.service is None)
REQUESTERS = tuple(person for person in PEOPLE if Role.REQUESTER in person.roles)
MANAGERS = tuple(person for person in PEOPLE if Role.MANAGER in person.roles)


def technicians_of(service: str) -> tuple[Employee, ...]:
    """Return the technicians of a service."""
    return tuple(person for person in PEOPLE if person.service == service)
