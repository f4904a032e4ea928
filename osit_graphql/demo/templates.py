"""Templates of incidents, evolution requests and comments, read from the TOML files of `texts`.

Each text has several versions, with {slots} that `text_renderer` fills for each ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from osit_graphql.demo.company import INCIDENT_FILES
from osit_graphql.demo.texts import Table, read_texts
from osit_graphql.domain.enums import Criticality, Severity

Texts = Sequence[str]


@dataclass(frozen=True)
class Handover:
    """A re-routing to `service`: the findings of the service before, and its reasons."""

    service: str
    findings: Texts
    reasons: Texts


@dataclass(frozen=True)
class IncidentTemplate:
    """An incident that happens again and again.

    `minutes`: shortest and longest intervention. `expenses`: the lowest and highest price of a part, in euros.
    `service`: where operators send it, when that is not the application's default service.
    """

    titles: Texts
    descriptions: Texts
    severity: Severity
    criticality: Criticality
    cause: str
    notes: Texts
    reports: Texts
    closings: Texts
    minutes: Sequence[int] = (15, 60)
    expenses: Sequence[int] | None = None
    service: str | None = None
    handovers: Sequence[Handover] = ()
    internal_notes: Texts = ()
    impacts: Texts = ()
    weight: int = 3


@dataclass(frozen=True)
class RequestTemplate:
    """An evolution request, with the comments of a meeting that approves or rejects it."""

    application: str
    title: str
    descriptions: Texts
    approval: str
    rejection: str
    report: str
    closing: str
    severity: Severity


_COMMENTS = read_texts("comments")
COMMENTS: Mapping[str, Texts] = _COMMENTS["occasions"]
MISROUTED: Mapping[str, Texts] = _COMMENTS["misrouted"]


@cache
def read_incidents() -> Mapping[str, Sequence[IncidentTemplate]]:
    """Return the incidents of each application."""
    return {
        application: [_parse_incident(values) for values in read_texts(file)["incidents"]]
        for application, file in INCIDENT_FILES.items()
    }


def read_requests() -> Sequence[RequestTemplate]:
    """Return the evolution requests of all applications."""
    requests = read_texts("evolution_requests")["requests"]
    return [RequestTemplate(**values | {"severity": Severity(values["severity"])}) for values in requests]


def _parse_incident(values: Table) -> IncidentTemplate:
    enums = {"severity": Severity(values["severity"]), "criticality": Criticality(values["criticality"])}
    handovers = [Handover(**handover) for handover in values.get("handovers", ())]
    return IncidentTemplate(**values | enums | {"handovers": handovers})
