"""Builds the columns of tickets and activities from the steps of a history."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any

from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ActivityKind, Status
from osit_graphql.services.importer.entities import external_reference
from osit_graphql.services.importer.entity_store import EntityIds
from osit_graphql.services.importer.history_builder import History, Snapshot, Step
from osit_graphql.services.importer.mapping import IncidentMap

Values = dict[str, Any]


def ticket_columns(snapshot: Snapshot, entity_ids: EntityIds) -> Values:
    """Return a ticket's columns at one time; its priority is the proposed one."""
    facts = snapshot.facts
    return {
        "status": snapshot.status,
        "service_id": entity_ids.get("services", snapshot.service),
        "assignee_id": entity_ids.get("people", snapshot.assignee),
        "priority": permissions.proposed_priority(facts.severity, facts.criticality),
        "title": facts.title,
        "description": facts.description,
        **qualification_columns(snapshot, entity_ids),
    }


def qualification_columns(snapshot: Snapshot, entity_ids: EntityIds) -> Values:
    """Return the columns that a qualification changes, except the description."""
    facts = snapshot.facts
    return {
        "severity": facts.severity,
        "criticality": facts.criticality,
        "application_id": entity_ids.get("applications", facts.application),
        "requester_id": entity_ids.get("people", facts.requester),
        "site_id": entity_ids.get("sites", facts.site),
        "title": facts.title,
    }


def opening_columns(history: History, entity_ids: EntityIds, mapping: IncidentMap) -> Values:
    """Return the columns of the opened ticket."""
    first = history.steps[0]
    return {
        **ticket_columns(first.after, entity_ids),
        "external_ref": external_reference(history.number, mapping),
        "operator_id": entity_ids.get("people", history.operator),
        "suspected_cause_id": entity_ids.get("causes", history.cause),
        "opened_at": first.at,
        "updated_at": first.at,
    }


def ticket_updates(history: History, entity_ids: EntityIds) -> Iterator[Values]:
    """Yield the ticket's columns for each version after the opening."""
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
            **ticket_columns(step.after, entity_ids),
            "closed_at": closed_at,
            "updated_at": step.at,
            "version": step.version,
            "reopen_count": reopened,
            "reroute_count": rerouted,
        }


EMPTY_ACTIVITY: Values = dict.fromkeys(
    (
        "assignee_id", "from_status", "to_status", "from_service_id", "to_service_id", "from_description",
        *(f"{end}_{name}" for end in ("from", "to") for name in
          ("severity", "criticality", "application_id", "requester_id", "site_id", "title")),
    )
)  # fmt: skip


def activity_columns(step: Step, ticket_id: int, entity_ids: EntityIds) -> Values:
    """Return a step's activity; all activities have the same columns, so that one statement inserts many."""
    return {
        **EMPTY_ACTIVITY,
        "ticket_id": ticket_id,
        "version": step.version,
        "kind": step.kind,
        "author_id": entity_ids.get("people", step.author),
        "created_at": step.at,
        "comment": step.comment,
        **_changed_columns(step, entity_ids),
    }


def _changed_columns(step: Step, entity_ids: EntityIds) -> Values:
    before, after = step.before, step.after
    match step.kind:
        case ActivityKind.OPENED:
            return {"to_service_id": entity_ids.get("services", after.service)}
        case ActivityKind.REROUTING:
            ends = {"from": before, "to": after}
            return {f"{end}_service_id": entity_ids.get("services", snapshot.service) for end, snapshot in ends.items()}
        case ActivityKind.STATUS_CHANGE:
            return {"from_status": before.status, "to_status": after.status}
        case ActivityKind.ASSIGNMENT:
            return {"assignee_id": entity_ids.get("people", after.assignee)}
        case ActivityKind.QUALIFICATION:
            same = before.facts.description == after.facts.description
            return {
                "from_description": None if same else before.facts.description,
                **{f"from_{name}": value for name, value in qualification_columns(before, entity_ids).items()},
                **{f"to_{name}": value for name, value in qualification_columns(after, entity_ids).items()},
            }
        case _:
            return {}
