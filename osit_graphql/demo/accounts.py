"""The accounts that everybody may try on the demo company, one a role; their password is public."""

from dataclasses import dataclass

from osit_graphql.demo.company import PEOPLE

PASSWORD = "osit-demo"  # noqa: S105 - public, like everything of the demo company


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to sign in with; `label` says in French whose it is."""

    role: str
    label: str
    email: str
    password: str
    name: str


_LABELS = {
    "operator": "Opératrice du standard",
    "developer": "Développeur (Développement RH)",
    "network": "Technicienne (Réseau)",
    "requester": "Salariée",
    "colleague": "Autre salarié",
    "manager": "Responsable",
    "admin": "Administrateur",
}

ACCOUNTS = tuple(
    DemoAccount(str(person.roles[0]), _LABELS[address], person.email, PASSWORD, person.name)
    for address in _LABELS
    for person in PEOPLE
    if person.address == address
)
