"""The public accounts of the demo company, one for each role; their password is public."""

from dataclasses import dataclass

from osit_graphql.demo.company import ACCOUNT_LABELS, PEOPLE

PASSWORD = "osit-demo"  # noqa: S105 - public, as is the demo company


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to sign in with; `label` describes it in French."""

    role: str
    label: str
    email: str
    password: str
    name: str


ACCOUNTS = tuple(
    DemoAccount(str(person.roles[0]), label, person.email, PASSWORD, person.name)
    for account, label in ACCOUNT_LABELS.items()
    for person in PEOPLE
    if person.account == account
)
