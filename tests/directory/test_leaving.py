"""People who leave a service or the company, and services that are deactivated: no ticket is forgotten."""

import asyncio
from typing import Any

import pytest

from osit_graphql.db.models import Service
from osit_graphql.domain.enums import Action, Criticality, Severity
from osit_graphql.domain.errors import Refused
from osit_graphql.services.directory.catalog import ServiceInput, update_entry
from osit_graphql.services.directory.people import PersonInput, update_person
from osit_graphql.services.tickets import CommandContext, create
from osit_graphql.services.tickets.create import NewTicket
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.directory.directory_calls import call, row_of
from tests.directory.test_races import delayed_commit, wait_until_blocked
from tests.directory.test_services import PARIS

UPDATE_USER = """mutation ($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) {
  user { active } serviceWithoutTechnicians { name } userErrors { code field } } }"""
UPDATE_SERVICE = """mutation ($id: ID!, $input: ServiceUpdateInput!) { serviceUpdate(id: $id, input: $input) {
  service { active } userErrors { code field message } } }"""
ASSIGNEE = "assignee { name active service { name } }"


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


async def update_user(desk: Desk, who: str, **changes: Any) -> Any:
    """Change a person as the administrator; return the payload."""
    return await desk.api.act(desk.token("admin"), UPDATE_USER, id=desk.company.ids[who], input=changes)


async def assigned_ticket(desk: Desk, assignee: str = "peer") -> int:
    """Return the number of a ticket that is assigned to a developer."""
    number = await desk.company.ticket()
    await desk.does("developer", Action.ASSIGN, number, assigneeId=desk.company.ids[assignee])
    return number


@pytest.mark.parametrize("change", [{"active": False}, {"service": "Réseau"}, {"roles": ["REQUESTER"]}])
@pytest.mark.parametrize("who", ["operator", "developer", "manager", "requester"])
async def test_line_31_tickets_of_somebody_who_left_are_unassigned(desk: Desk, who: str, change: Any) -> None:
    free, left, busy = (
        await desk.company.ticket(),
        await assigned_ticket(desk),
        await assigned_ticket(desk, "developer"),
    )
    assert await desk.numbers(who, filter={"unassigned": True}) == [free]
    changes = {"serviceId": desk.company.ids[change["service"]]} if "service" in change else change
    await update_user(desk, "peer", **changes)
    assert await desk.numbers(who, filter={"unassigned": True}) == [left, free]
    assert await desk.numbers(who, filter={"unassigned": False}) == [busy]
    assert await desk.numbers(who, filter={"not": {"unassigned": True}}) == [busy]
    assignee = (await desk.ticket(who, left, ASSIGNEE))["assignee"]
    service = {"service": "Réseau", "active": "Développement"}.get(next(iter(change)))
    expected = {"name": "Peer", "active": "active" not in change, "service": {"name": service} if service else None}
    assert assignee == expected


async def test_line_31_somebody_who_comes_back_has_the_tickets_again(desk: Desk) -> None:
    number = await assigned_ticket(desk)
    for active, numbers in ((False, [number]), (True, [])):
        await update_user(desk, "peer", active=active)
        assert await desk.numbers("developer", filter={"unassigned": True}) == numbers


async def test_line_31_a_service_with_tickets_is_not_deactivated(desk: Desk) -> None:
    numbers = [await desk.company.ticket() for _ in range(2)]
    numbers.append(await desk.company.ticket(criticality=Criticality.EVOLUTION))
    await desk.company.ticket(service="Réseau")
    key, token = desk.company.ids["Développement"], desk.token("admin")
    before = await desk.company.snapshot()
    answer = await desk.api.ask(token, UPDATE_SERVICE, {"id": key, "input": {"active": False, "phone": "1"}})
    assert await desk.company.snapshot() == before
    [error] = answer.data["serviceUpdate"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "active"])
    assert "3" in error["message"]
    french = await desk.api.ask(token, UPDATE_SERVICE, {"id": key, "input": {"active": False}}, language="fr")
    assert "clôturés : 3." in french.data["serviceUpdate"]["userErrors"][0]["message"]
    await desk.does("developer", Action.CLOSE, numbers[0])
    for number in numbers[1:]:
        await desk.does("developer", Action.REROUTE, number, serviceId=desk.company.ids["Réseau"])
    payload = await desk.api.act(token, UPDATE_SERVICE, id=key, input={"active": False})
    assert payload["service"] == {"active": False}


async def test_line_31_a_service_waits_for_a_ticket_that_is_being_created(company: Company) -> None:
    """The ticket's reference locks its service, and the service's deactivation counts after that."""
    admin, key = company.viewers["admin"], company.keys["Postes"]
    values: dict[str, Any] = {"requester_id": company.keys["requester"], "application_id": company.keys["Portail"]}
    values |= {"severity": Severity.MODERATE, "criticality": Criticality.NON_BLOCKING}
    new = NewTicket(title="Écran noir", description="Rien.", service_id=key, **values)
    away = ServiceInput(active=False)
    async with company.database.transaction(company.viewers["operator"]) as session:
        await create(CommandContext(session, company.viewers["operator"]), new)
        late = asyncio.create_task(call(company, update_entry, admin, key, away, zone=PARIS))
        await wait_until_blocked(company, late)
    with pytest.raises(Refused) as caught:
        await late
    assert [error.code for error in caught.value.user_errors] == ["INVALID"]
    assert (await row_of(company, Service, key))["active"]


@pytest.mark.parametrize("changes", [{"active": False}, {"roles": ["MANAGER"]}, {"serviceId": "Postes"}])
async def test_line_31_the_answer_names_a_service_without_technicians(desk: Desk, changes: Any) -> None:
    ids = desk.company.ids
    resolved = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in changes.items()}
    assert (await update_user(desk, "peer", **resolved))["serviceWithoutTechnicians"] is None
    assert (await update_user(desk, "developer", phone="1"))["serviceWithoutTechnicians"] is None
    payload = await update_user(desk, "developer", **resolved)
    assert payload["serviceWithoutTechnicians"] == {"name": "Développement"}
    assert (await update_user(desk, "developer", phone="2"))["serviceWithoutTechnicians"] is None


async def test_line_31_of_two_last_technicians_one_answer_names_the_service(company: Company) -> None:
    admin, away = company.viewers["admin"], PersonInput(service_id=company.keys["Postes"])
    first, second = company.keys["developer"], company.keys["peer"]
    async with delayed_commit(company, update_person, admin, first, away):
        late = asyncio.create_task(call(company, update_person, admin, second, away))
        await wait_until_blocked(company, late)
    assert (await late).service_without_technicians == company.keys["Développement"]
