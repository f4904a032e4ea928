"""The entities named in an export: people with their roles, services, sites, applications, causes."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from osit_graphql.db.models import name_key
from osit_graphql.domain.enums import Role
from osit_graphql.services.importer.history_builder import History
from osit_graphql.services.importer.mapping import IncidentMap, Reference
from osit_graphql.services.importer.row_parser import ParsedRow

LOCAL_PART_MAX_CHARACTERS = 40


@dataclass
class ImportedPerson:
    """A person of the export: their roles, and how often each service and site occurs with them."""

    name: str
    roles: set[Role] = field(default_factory=set)
    services: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)

    def service(self, mapping: IncidentMap) -> str | None:
        """Return a technician's service: their commonest group."""
        return _commonest(self.services, mapping.service) if Role.TECHNICIAN in self.roles else None

    def site(self, mapping: IncidentMap) -> str | None:
        """Return a requester's site: the commonest of their incidents."""
        return _commonest(self.sites, mapping.site)


@dataclass
class Directory:
    """The entities of an export by `name_key`, in the file's order; each has its first spelling."""

    services: dict[str, str] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    people: dict[str, ImportedPerson] = field(default_factory=dict)

    def add_person(self, name: str | None, role: Role) -> ImportedPerson | None:
        """Add a person in a role."""
        if name is None:
            return None
        person = self.people.setdefault(name_key(name), ImportedPerson(name))
        person.roles.add(role)
        return person

    def add_history(self, history: History, parsed_rows: Sequence[ParsedRow] = ()) -> None:
        """Add the entities of a ticket; its rows count the services of each technician."""
        for step in history.steps:
            _note(self.services, step.after.service)
            _note(self.sites, step.after.facts.site)
            _note(self.applications, step.after.facts.application)
            self.add_person(step.after.facts.requester, Role.REQUESTER)
            self.add_person(step.after.assignee, Role.TECHNICIAN)
        caller = self.people[name_key(history.last.after.facts.requester)]
        caller.sites[history.last.after.facts.site] += 1
        _note(self.causes, history.cause)
        self.add_person(history.operator, Role.OPERATOR)
        if history.closing:
            resolver = self.add_person(history.closing.author, Role.TECHNICIAN)
            if resolver:
                resolver.services[history.closing.before.service] += 1
        for parsed in parsed_rows:
            if parsed.assignee:
                self.people[name_key(parsed.assignee)].services[parsed.service] += 1

    def subset(self, histories: Iterable[History], mapping: IncidentMap) -> "Directory":
        """Return the entities of these tickets; people keep the counts of the complete file."""
        needed = Directory()
        for history in histories:
            needed.add_history(history)
        needed.people = {key: self.people[key] for key in needed.people}
        for person in needed.people.values():
            _note(needed.services, person.service(mapping))
            _note(needed.sites, person.site(mapping))
        return needed


def _note(names: dict[str, str], name: str | None) -> None:
    if name:
        names.setdefault(name_key(name), name)


def _commonest(names: Counter[str], reference: Reference) -> str | None:
    """Return the commonest name, the first among equals; return the placeholder only if there is no other."""
    known = (name for name, _ in names.most_common() if name_key(name) != name_key(reference.unknown or ""))
    return next(known, next(iter(names), None))


def email_address(name: str, mapping: IncidentMap) -> str:
    """Return the email address of a person known only from an export; different names have different addresses.

    Its domain is reserved (`.invalid`), so that it receives no mail. The person has no password and cannot sign in.
    """
    key = " ".join(name_key(name).split())
    slug = _slug(key)
    if slug.replace("-", " ") != key or len(slug) > LOCAL_PART_MAX_CHARACTERS:
        digest = hashlib.sha256(key.encode()).hexdigest()[:10]
        slug = f"{slug[:LOCAL_PART_MAX_CHARACTERS].strip('-')}-{digest}".strip("-")
    return f"{slug}@{source_slug(mapping)}.import.invalid"


def external_reference(number: str, mapping: IncidentMap) -> str:
    """Return the external reference of an incident, which shows whether it is already imported."""
    return f"{source_slug(mapping)}:{number}"


def source_slug(mapping: IncidentMap) -> str:
    """Return the form of the source's name that addresses and references contain."""
    return _slug(name_key(mapping.source)) or hashlib.sha256(mapping.source.encode()).hexdigest()[:10]


def _slug(key: str) -> str:
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
