"""Generates calls: the minute, the caller, the operator's description, and the service it is sent to."""

from random import Random

from osit_graphql.demo.company import CAUSES, DEFAULT_SERVICES, OPERATORS, REQUESTERS, Employee
from osit_graphql.demo.events import Opened
from osit_graphql.demo.randomness import draw_employee, happens
from osit_graphql.demo.templates import COMMENTS, MISROUTED, IncidentTemplate, RequestTemplate
from osit_graphql.demo.text_renderer import TextRenderer
from osit_graphql.demo.ticket_script import TicketScript
from osit_graphql.demo.working_hours import END_MINUTE
from osit_graphql.domain.enums import Criticality

_LEAVING_MINUTE = END_MINUTE * 2 // 3  # the former employee's last call is before this minute


def draw_caller(rng: Random, minute: int, *, near: Employee | None = None) -> Employee:
    """Return a present employee who calls; with `near`, a colleague from the same site."""
    callers = (person for person in REQUESTERS if minute < _LEAVING_MINUTE or not person.has_left)
    if near is not None:
        callers = (person for person in callers if person.site is near.site and person is not near)
    return draw_employee(rng, tuple(callers))


def open_incident(
    rng: Random,
    key: int,
    application: str,
    template: IncidentTemplate,
    minute: int,
    *,
    caller: Employee | None = None,
    service: str | None = None,
) -> TicketScript:
    """Open a ticket about an incident; without `caller` or `service`, they are drawn."""
    caller = caller or draw_caller(rng, minute)
    renderer = TextRenderer(rng, caller, minute)
    opened = Opened(
        minute, key, draw_employee(rng, OPERATORS),
        title=renderer.render_title(template.titles), description=renderer.render_description(template.descriptions),
        requester=caller, application=application,
        service=service or _draw_service(rng, template.service or DEFAULT_SERVICES[application]),
        severity=template.severity, criticality=template.criticality, suspected_cause=_guess_cause(rng, template),
        impact=renderer.render(template.impacts or COMMENTS["impacts"]) if happens(rng, 0.3) else None,
    )  # fmt: skip
    return TicketScript(rng, opened, renderer)


def open_request(rng: Random, key: int, template: RequestTemplate, minute: int) -> TicketScript:
    """Open a ticket about an evolution request."""
    caller = draw_caller(rng, minute)
    renderer = TextRenderer(rng, caller, minute)
    opened = Opened(
        minute, key, draw_employee(rng, OPERATORS),
        title=template.title, description=renderer.render(template.descriptions), requester=caller,
        application=template.application, service=DEFAULT_SERVICES[template.application],
        severity=template.severity, criticality=Criticality.EVOLUTION,
    )  # fmt: skip
    return TicketScript(rng, opened, renderer)


def _draw_service(rng: Random, right_service: str) -> str:
    """Return the service that the operator chooses: sometimes a wrong one."""
    if happens(rng, 0.93):
        return right_service
    return rng.choice([name for name in MISROUTED if name != right_service])


def _guess_cause(rng: Random, template: IncidentTemplate) -> str | None:
    """Return the cause that the operator suspects: often none, sometimes a wrong one."""
    if happens(rng, 0.4):
        return None
    return template.cause if happens(rng, 0.7) else rng.choice(CAUSES[:-1])
