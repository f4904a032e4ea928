"""The text files: every cause, service, application and slot that they name exists."""

from collections.abc import Iterator
from random import Random

from osit_graphql.demo.company import CALL_SHARES, CAUSES, DEFAULT_SERVICES, PEOPLE, REQUESTERS, SERVICES
from osit_graphql.demo.templates import COMMENTS, MISROUTED, Texts, read_incidents, read_requests
from osit_graphql.demo.text_renderer import TextRenderer

INCIDENTS = [incident for incidents in read_incidents().values() for incident in incidents]
REQUESTS = read_requests()


def all_texts() -> Iterator[Texts]:
    """Yield the texts of all templates."""
    yield from (*COMMENTS.values(), *MISROUTED.values())
    for incident in INCIDENTS:
        yield from (incident.titles, incident.descriptions, incident.notes, incident.reports, incident.closings)
        yield from (incident.internal_notes, incident.impacts)
        yield from (texts for handover in incident.handovers for texts in (handover.findings, handover.reasons))
    for request in REQUESTS:
        yield (*request.descriptions, request.approval, request.rejection, request.report, request.closing)


def test_every_name_is_in_the_directory() -> None:
    services = {service.name for service in SERVICES}
    assert {incident.cause for incident in INCIDENTS} <= set(CAUSES)
    assert {incident.service for incident in INCIDENTS} <= services | {None}
    assert {handover.service for incident in INCIDENTS for handover in incident.handovers} <= services
    assert {request.application for request in REQUESTS} <= set(DEFAULT_SERVICES) == set(CALL_SHARES)
    assert set(MISROUTED) == services == set(DEFAULT_SERVICES.values())
    assert {person.service for person in PEOPLE} == services | {None}


def test_every_slot_can_be_filled() -> None:
    renderer = TextRenderer(Random(1), REQUESTERS[0], 0)
    rendered = [renderer.render((text,)).replace("{number}", "") for texts in all_texts() for text in texts]
    assert [text for text in rendered if "{" in text or "}" in text] == []
    assert len(rendered) > 500
