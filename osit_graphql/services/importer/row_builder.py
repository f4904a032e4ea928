"""A ticket's moments as rows of the tables: what is written of the ticket, and of each step of its history."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any

from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ActivityKind, Status
from osit_graphql.services.importer.entities import reference
from osit_graphql.services.importer.entity_store import Registry
from osit_graphql.services.importer.history_builder import History, Snapshot, Step
from osit_graphql.services.importer.mapping import IncidentMap

Values = dict[str, Any]


def standing(snapshot: Snapshot, registry: Registry) -> Values:
    """Return a ticket's columns at one moment; its priority is the proposed one."""
    facts = snapshot.facts
    return {
        "status": snapshot.status,
        "service_id": registry.get("services", snapshot.service),
        "assignee_id": registry.get("people", snapshot.assignee),
        "priority": permissions.proposed_priority(facts.severity, facts.criticality),
        "title": facts.title,
        "description": facts.description,
        **_told(snapshot, registry),
    }


def _told(snapshot: Snapshot, registry: Registry) -> Values:
    facts = snapshot.facts
    return {
        "severity": facts.severity,
        "criticality": facts.criticality,
        "application_id": registry.get("applications", facts.application),
        "requester_id": registry.get("people", facts.requester),
        "site_id": registry.get("sites", facts.site),
        "title": facts.title,
    }


def opening(history: History, registry: Registry, layout: IncidentMap) -> Values:
    """Return the ticket as it was opened."""
    first = history.steps[0]
    return {
        **standing(first.after, registry),
        "external_ref": reference(history.number, layout),
        "operator_id": registry.get("people", history.operator),
        "suspected_cause_id": registry.get("causes", history.cause),
        "opened_at": first.at,
        "updated_at": first.at,
    }


def changes(history: History, registry: Registry) -> Iterator[Values]:
    """Give the ticket's columns after each action but the opening, one version at a time."""
    closed_at: datetime | None = None
    reopened = rerouted = 0
    for step, following in zip_longest(history.steps[1:], history.steps[2:]):
        if step.before.status is not step.after.status:
            reopened += step.before.status is Status.CLOSED
            closed_at = step.at if step.after.status is Status.CLOSED else None
        rerouted += step.kind is ActivityKind.REROUTING
        if following and following.version == step.version:
            continue
        yield {
            **standing(step.after, registry),
            "closed_at": closed_at,
            "updated_at": step.at,
            "version": step.version,
            "reopen_count": reopened,
            "reroute_count": rerouted,
        }


BLANK: Values = dict.fromkeys(
    (
        "assignee_id", "from_status", "to_status", "from_service_id", "to_service_id", "from_description",
        *(f"{end}_{name}" for end in ("from", "to") for name in
          ("severity", "criticality", "application_id", "requester_id", "site_id", "title")),
    )
)  # fmt: skip


def recorded(step: Step, ticket_id: int, registry: Registry) -> Values:
    """Return a step's history row; every row has the same columns, so that many go in one statement."""
    return {
        **BLANK,
        "ticket_id": ticket_id,
        "version": step.version,
        "kind": step.kind,
        "author_id": registry.get("people", step.author),
        "created_at": step.at,
        "comment": step.comment,
        **_changed(step, registry),
    }


def _changed(step: Step, registry: Registry) -> Values:
    before, after = step.before, step.after
    match step.kind:
        case ActivityKind.OPENED:
            return {"to_service_id": registry.get("services", after.service)}
        case ActivityKind.REROUTING:
            ends = {"from": before, "to": after}
            return {f"{end}_service_id": registry.get("services", moment.service) for end, moment in ends.items()}
        case ActivityKind.STATUS_CHANGE:
            return {"from_status": before.status, "to_status": after.status}
        case ActivityKind.ASSIGNMENT:
            return {"assignee_id": registry.get("people", after.assignee)}
        case ActivityKind.QUALIFICATION:
            same = before.facts.description == after.facts.description
            return {
                "from_description": None if same else before.facts.description,
                **{f"from_{name}": value for name, value in _told(before, registry).items()},
                **{f"to_{name}": value for name, value in _told(after, registry).items()},
            }
        case _:
            return {}
