"""What a scene is made of: texts in several wordings, with {slots} that `wording` fills in for each ticket."""

from dataclasses import dataclass

from osit_graphql.domain.enums import Criticality, Severity

MAJOR, MODERATE, MINOR = Severity
BLOCKING, NON_BLOCKING, EVOLUTION = Criticality

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Hop:
    """A re-routing: what the service found first, why it hands the ticket over, and to whom."""

    service: str
    found: Texts
    why: Texts


@dataclass(frozen=True)
class Scene:
    """An incident that can happen again: how callers tell it, what it comes from, what is done about it.

    `minutes`: how long one intervention takes, from and to; `expenses`: what a part costs, in euros, from and to;
    `service`: where the desk sends it when that is not the application's own.
    """

    titles: Texts
    descriptions: Texts
    severity: Severity
    criticality: Criticality
    cause: str
    notes: Texts
    reports: Texts
    closings: Texts
    minutes: tuple[int, int] = (15, 60)
    expenses: tuple[int, int] | None = None
    service: str | None = None
    hops: tuple[Hop, ...] = ()
    internal: Texts = ()
    impacts: Texts = ()
    weight: int = 3


@dataclass(frozen=True)
class Wish:
    """An evolution request, with what a meeting would say for it and against it."""

    application: str
    title: str
    descriptions: Texts
    approval: str
    refusal: str
    report: str
    closing: str
    severity: Severity = Severity.MINOR
