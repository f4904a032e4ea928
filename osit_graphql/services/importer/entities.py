"""Who and what an export speaks of: people with their roles, services, sites, applications, causes."""

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
from osit_graphql.services.importer.row_parser import Reading

LOCAL_PART_LIMIT = 40


@dataclass
class Somebody:
    """A person of the export: their roles, and what they are commonest found with."""

    name: str
    roles: set[Role] = field(default_factory=set)
    services: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)

    def service(self, layout: IncidentMap) -> str | None:
        """Return a technician's service: their commonest group."""
        return _commonest(self.services, layout.service) if Role.TECHNICIAN in self.roles else None

    def site(self, layout: IncidentMap) -> str | None:
        """Return a requester's site: the commonest of their incidents."""
        return _commonest(self.sites, layout.site)


@dataclass
class Directory:
    """Everybody and everything named, by `name_key`, in the order of the file; each name as it was first written."""

    services: dict[str, str] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    people: dict[str, Somebody] = field(default_factory=dict)

    def meet(self, name: str | None, role: Role) -> Somebody | None:
        """Note somebody in a role."""
        if name is None:
            return None
        somebody = self.people.setdefault(name_key(name), Somebody(name))
        somebody.roles.add(role)
        return somebody

    def gather(self, history: History, readings: Sequence[Reading] = ()) -> None:
        """Note everybody and everything that a ticket speaks of; its rows tell who is commonest found where."""
        for step in history.steps:
            _note(self.services, step.after.service)
            _note(self.sites, step.after.facts.site)
            _note(self.applications, step.after.facts.application)
            self.meet(step.after.facts.requester, Role.REQUESTER)
            self.meet(step.after.assignee, Role.TECHNICIAN)
        caller = self.people[name_key(history.last.after.facts.requester)]
        caller.sites[history.last.after.facts.site] += 1
        _note(self.causes, history.cause)
        self.meet(history.operator, Role.OPERATOR)
        if history.closing:
            resolver = self.meet(history.closing.author, Role.TECHNICIAN)
            if resolver:
                resolver.services[history.closing.before.service] += 1
        for reading in readings:
            if reading.assignee:
                self.people[name_key(reading.assignee)].services[reading.service] += 1

    def narrow(self, histories: Iterable[History], layout: IncidentMap) -> "Directory":
        """Return what these tickets need, with what the whole file knows of each person."""
        needed = Directory()
        for history in histories:
            needed.gather(history)
        needed.people = {key: self.people[key] for key in needed.people}
        for somebody in needed.people.values():
            _note(needed.services, somebody.service(layout))
            _note(needed.sites, somebody.site(layout))
        return needed


def _note(names: dict[str, str], name: str | None) -> None:
    if name:
        names.setdefault(name_key(name), name)


def _commonest(names: Counter[str], reference: Reference) -> str | None:
    """Return the commonest name, the first met among equals; the placeholder only when there is no other."""
    known = (name for name, _ in names.most_common() if name_key(name) != name_key(reference.unknown or ""))
    return next(known, next(iter(names), None))


def address(name: str, layout: IncidentMap) -> str:
    """Return the e-mail address of somebody whom only an export knows: the same for the same name, another for another.

    Its domain is reserved (`.invalid`): no mail goes there, and nobody signs in with it, having no password.
    """
    key = " ".join(name_key(name).split())
    slug = _slug(key)
    if slug.replace("-", " ") != key or len(slug) > LOCAL_PART_LIMIT:
        digest = hashlib.sha256(key.encode()).hexdigest()[:10]
        slug = f"{slug[:LOCAL_PART_LIMIT].strip('-')}-{digest}".strip("-")
    return f"{slug}@{source_slug(layout)}.import.invalid"


def reference(number: str, layout: IncidentMap) -> str:
    """Return what tells whether an incident is already here."""
    return f"{source_slug(layout)}:{number}"


def source_slug(layout: IncidentMap) -> str:
    """Return the source's name as it goes into addresses and references."""
    return _slug(name_key(layout.source)) or hashlib.sha256(layout.source.encode()).hexdigest()[:10]


def _slug(key: str) -> str:
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
