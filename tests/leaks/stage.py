"""A company with a canary in every text: tickets after every action, people, rates and meetings."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from osit_graphql.api import global_ids
from osit_graphql.db.engine import Database
from osit_graphql.db.models import Person, SessionToken, name_key
from osit_graphql.domain.enums import Action, Role
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth import opaque_tokens
from tests.client import Api
from tests.company import Company, create_company
from tests.desk import Desk
from tests.directory.documents import change
from tests.emptying import empty
from tests.leaks.canaries import FIRST_NUMBER, CanarySource
from tests.meetings.documents import SCHEDULE
from tests.superuser import Superuser

# More people than in `tests.company`: several roles, a technician of the third service, two without tickets of others.
MORE: Mapping[str, tuple[tuple[Role, ...], str | None]] = {
    "fitter": ((Role.TECHNICIAN,), "Postes"),
    "chief": ((Role.MANAGER, Role.REQUESTER), None),
    "keeper": ((Role.ADMIN, Role.REQUESTER), None),
    "mender": ((Role.ADMIN, Role.TECHNICIAN), "Postes"),
    "desk": ((Role.OPERATOR, Role.REQUESTER), None),
    "whole": (tuple(Role), "Postes"),
    "stranger": ((Role.REQUESTER,), None),
    "gone": ((Role.REQUESTER,), None),
}
FIRST_TICKET = f"SELECT setval(pg_get_serial_sequence('ticket', 'id'), {FIRST_NUMBER - 1})"
WRITE_CANARIES = (
    "UPDATE person SET name = :name, name_key = lower(:name), phone = :phone, password_hash = :secret, "
    "email = replace(:email, ' ', '.') || '@example.com' WHERE id = :id"
)
ADD_API_TOKEN = (
    "INSERT INTO api_token (digest, person_id, name, scopes, created_at, expires_at, last_used_at) VALUES "
    "(:digest, :id, :name, ARRAY['READ_TICKETS'], now(), now() + interval '9 hours', now())"
)
FILL_DIRECTORY = (
    "UPDATE service SET phone = '01 02 03 04 05', email = 'service@example.com'",
    "UPDATE site SET city = name",
    "UPDATE application SET default_service_id = 1",
)
# Requester, service, criticality, and the actions of one technician on the ticket.
JOURNEYS: tuple[tuple[str, str, str, str], ...] = (
    ("requester", "Développement", "BLOCKING", "developer:comment whisper log log void qualify prioritize assign"),
    ("colleague", "Réseau", "NON_BLOCKING", "network:comment whisper log log void qualify prioritize assign reroute"),
    ("everyman", "Développement", "BLOCKING", "peer:whisper log close"),
    ("everyman", "Réseau", "NON_BLOCKING", "network:whisper log comment"),
    ("colleague", "Réseau", "EVOLUTION", "network:whisper comment"),
    ("requester", "Réseau", "EVOLUTION", "network:whisper log"),
    ("colleague", "Développement", "NON_BLOCKING", "developer:whisper log close reopen close"),
    ("desk", "Postes", "BLOCKING", "fitter:comment whisper log"),
    ("requester", "Postes", "NON_BLOCKING", "fitter:log whisper close reopen close"),
    ("keeper", "Développement", "EVOLUTION", "developer:comment"),
    ("chief", "Réseau", "BLOCKING", "network:give log reroute"),
    ("gone", "Développement", "NON_BLOCKING", "developer:whisper log reroute"),
    ("requester", "Réseau", "NON_BLOCKING", "network:whisper log send"),
)
ACTIONS = {
    "whisper": Action.COMMENT,
    "log": Action.LOG_INTERVENTION,
    "void": Action.VOID_INTERVENTION,
    "give": Action.QUALIFY,
    "send": Action.REROUTE,
}
# Meetings: the tickets on the agenda (by index in JOURNEYS), and the decision.
MEETINGS: tuple[tuple[tuple[int, ...], str | None], ...] = (((4, 5), None), ((5, 9), "APPROVED"), ((9,), "REJECTED"))


@dataclass
class Stage:
    """The company, its API, the numbers of its tickets, and the source of its canaries."""

    company: Company
    api: Api
    admin: Superuser
    canary_source: CanarySource
    numbers: list[int] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        """The names of all people who can sign in."""
        return [name for name in self.company.tokens if name != "gone"]


async def set_stage(database: Database, admin: Superuser, api: Api) -> Stage:
    """Empty a database and create the company in it."""
    await empty(admin)
    async with admin.transaction() as connection:
        await connection.execute(text(FIRST_TICKET))
    stage = Stage(await create_company(database), api, admin, CanarySource())
    # One change of the directory by a person: all others are made in the database.
    changed = {"id": stage.company.ids["requester"], "input": {"phone": "1"}}
    await api.act(stage.company.tokens["admin"], change("user"), **changed)
    await _hire(stage)
    desk = Desk(stage.company, api)
    for requester, service, criticality, journey in JOURNEYS:
        stage.numbers.append(await _open(stage, desk, requester, service, criticality))
        who, _, steps = journey.partition(":")
        for step in steps.split():
            await _do(stage, desk, who, step, stage.numbers[-1])
    for places, decision in MEETINGS:
        await _meet(stage, desk, [stage.numbers[place] for place in places], decision)
    async with admin.transaction() as connection:
        await connection.execute(
            text("UPDATE person SET active = false WHERE id = :i"), {"i": desk.company.keys["gone"]}
        )
        await connection.execute(text("ANALYZE"))
    return stage


async def _hire(stage: Stage) -> None:
    company, moment = stage.company, datetime.now(UTC)
    async with stage.admin.transaction() as connection:
        for name, (roles, service) in MORE.items():
            key = company.keys[service] if service else None
            row = {"name": name, "name_key": name_key(name), "email": f"{name}@example.com", "site_id": 1}
            row |= {"roles": [str(role) for role in roles], "service_id": key}
            person = (await connection.execute(insert(Person).values(row).returning(Person.id))).scalar_one()
            company.keys[name], company.ids[name] = person, global_ids.encode(global_ids.Kind.USER, person)
            company.viewers[name] = Viewer(person, frozenset(roles), key)
            company.tokens[name] = f"{opaque_tokens.SESSION_PREFIX}{name}"
            token = {"digest": opaque_tokens.digest(company.tokens[name]), "person_id": person, "created_at": moment}
            await connection.execute(insert(SessionToken).values(token | {"expires_at": moment + timedelta(hours=9)}))
        for name in company.tokens:
            marks = {field_name: stage.canary_source.word() for field_name in ("name", "phone", "email", "secret")}
            await connection.execute(text(WRITE_CANARIES), marks | {"id": company.keys[name]})
            program = {"name": stage.canary_source.word(), "id": company.keys[name], "digest": secrets.token_bytes(32)}
            await connection.execute(text(ADD_API_TOKEN), program)
        for statement in FILL_DIRECTORY:
            await connection.execute(text(statement))
        for key in (company.keys[name] for name in ("Développement", "Réseau", "Postes")):
            rate = {"rate": stage.canary_source.amount(), "service": key}
            await connection.execute(text("DELETE FROM service_rate WHERE service_id = :service"), {"service": key})
            await connection.execute(text("INSERT INTO service_rate VALUES (:service, '2020-01-01', :rate)"), rate)


async def _open(stage: Stage, desk: Desk, requester: str, service: str, criticality: str) -> int:
    values = {name: stage.canary_source.word() for name in ("title", "description", "impact", "comment")}
    named = {"requesterId": stage.company.ids[requester], "serviceId": stage.company.ids[service]}
    named |= {"suspectedCauseId": stage.company.ids["Configuration"]}
    payload = await desk.does("operator", Action.CREATE, criticality=criticality, **values, **named)
    number: int = payload["ticket"]["number"]
    return number


async def _do(stage: Stage, desk: Desk, who: str, step: str, number: int) -> None:
    action = ACTIONS.get(step) or Action(step.upper())
    key: Any = number
    if step == "void":
        [*_, key] = [
            row["id"] for row in await desk.history("manager", number, "id kind") if row["kind"] == "INTERVENTION"
        ]
    changes: dict[str, dict[str, Any]] = {
        "whisper": {"internal": True},
        "log": {"expenses": str(stage.canary_source.amount()), "minutes": 37},
        "assign": {"assigneeId": stage.company.ids[who]},
        "qualify": {"title": stage.canary_source.word(), "description": stage.canary_source.word()},
        "give": {"requesterId": stage.company.ids["desk"], "title": stage.canary_source.word()},
        "reroute": {"serviceId": stage.company.ids["Postes"]},
        "send": {"serviceId": stage.company.ids["Développement"]},
    }
    await desk.does(who, action, key, comment=stage.canary_source.word(), **changes.get(step, {}))


async def _meet(stage: Stage, desk: Desk, numbers: list[int], decision: str | None) -> None:
    values = {"title": stage.canary_source.word(), "heldAt": "2026-03-02T13:30:00Z"}
    agenda = [desk.company.id(number) for number in numbers]
    payload = await desk.api.act(desk.token("manager"), SCHEDULE, input=values | {"ticketIds": agenda})
    if decision is not None:
        input_ = {"decision": decision, "meetingId": payload["meeting"]["id"], "comment": stage.canary_source.word()}
        await desk.does("manager", Action.DECIDE, numbers[-1] if decision == "REJECTED" else numbers[0], **input_)
