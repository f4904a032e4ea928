"""Decision meetings: agenda, decisions, minutes, and who may read them."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Criticality
from tests.client import Api
from tests.company import Company
from tests.meetings.documents import DECIDE, LIST, MEETING, SCHEDULE, UPDATE
from tests.unit.statement_log import logged_statements

HELD = "2026-03-02T13:30:00Z"


async def request_evolution(company: Company, title: str, requester: str = "requester", service: str = "Réseau") -> int:
    return await company.ticket(title, requester=requester, service=service, criticality=Criticality.EVOLUTION)


async def schedule(
    api: Api, company: Company, *numbers: int, title: str = "Réunion de mars", held_at: str = HELD
) -> str:
    tickets = [company.id(number) for number in numbers]
    values = {"title": title, "heldAt": held_at, "ticketIds": tickets}
    payload = await api.act(company.tokens["manager"], SCHEDULE, input=values)
    assert [item["ticket"]["number"] for item in payload["meeting"]["agenda"]] == list(numbers)
    identity: str = payload["meeting"]["id"]
    return identity


async def decide(api: Api, company: Company, number: int, meeting: str, decision: str, comment: str = "Vu.") -> Any:
    values = {"decision": decision, "comment": comment, "meetingId": meeting}
    return await api.act(company.tokens["manager"], DECIDE, id=company.id(number), input=values)


async def test_a_decision_is_in_the_history_and_on_the_agenda(company: Company, api: Api) -> None:
    number = await request_evolution(company, "Exporter en PDF")
    meeting = await schedule(api, company, number)
    payload = await decide(api, company, number, meeting, "APPROVED", "Utile à tous.")
    assert payload["ticket"] == {"status": "OPEN"}
    assert payload["activity"] == {
        "decision": "APPROVED",
        "comment": "Utile à tous.",
        "meeting": {"title": "Réunion de mars"},
    }
    [item] = (await api.read(company.tokens["manager"], MEETING, id=meeting))["node"]["agenda"]
    assert item.pop("decidedAt")
    assert item == {
        "ticket": {"number": number, "title": "Exporter en PDF"},
        "decision": "APPROVED",
        "comment": "Utile à tous.",
        "decidedBy": {"name": "Manager"},
    }


async def test_a_postponed_request_joins_the_next_agenda(company: Company, api: Api) -> None:
    number = await request_evolution(company, "Exporter en PDF")
    march = await schedule(api, company, number)
    assert (await decide(api, company, number, march, "POSTPONED"))["ticket"] == {"status": "PENDING_DECISION"}
    april = await schedule(api, company, number, title="Réunion d'avril")
    assert (await decide(api, company, number, april, "REJECTED"))["ticket"] == {"status": "CLOSED"}
    for meeting, decision in ((march, "POSTPONED"), (april, "REJECTED")):
        [item] = (await api.read(company.tokens["manager"], MEETING, id=meeting))["node"]["agenda"]
        assert item["decision"] == decision


async def test_a_request_decided_without_agenda_item_joins_the_agenda(company: Company, api: Api) -> None:
    planned, raised = await request_evolution(company, "Prévue"), await request_evolution(company, "Soulevée")
    meeting = await schedule(api, company, planned)
    await decide(api, company, raised, meeting, "APPROVED")
    agenda = (await api.read(company.tokens["manager"], MEETING, id=meeting))["node"]["agenda"]
    assert [(item["ticket"]["number"], item["decision"]) for item in agenda] == [(planned, None), (raised, "APPROVED")]


async def test_an_agenda_of_any_length_takes_as_many_statements(company: Company, api: Api) -> None:
    numbers = [await request_evolution(company, f"Demande {index}") for index in range(4)]
    counts = []
    for items in (numbers[:1], numbers[1:]):
        meeting = await schedule(api, company, *items)
        for number in items:
            await decide(api, company, number, meeting, "APPROVED")
        with logged_statements(company.database) as statements:
            agenda = (await api.read(company.tokens["manager"], MEETING, id=meeting))["node"]["agenda"]
        assert [item["ticket"]["number"] for item in agenda] == items
        counts.append(len(statements))
    assert counts == [4, 4]  # the meeting, its agenda, the tickets, the people


async def test_agenda_items_must_be_pending_a_decision(company: Company, api: Api) -> None:
    pending, incident = await request_evolution(company, "Demande"), await company.ticket("Panne")
    ticket_ids = [company.id(number) for number in (pending, incident, 999)]
    before = await company.snapshot()
    values = {"title": " ", "heldAt": HELD, "ticketIds": ticket_ids}
    assert await api.refusal(company.tokens["manager"], SCHEDULE, input=values) == [
        ("input.title", "REQUIRED"),
        ("input.ticketIds.1", "NOT_ALLOWED_IN_STATUS"),
        ("input.ticketIds.2", "NOT_FOUND"),
    ]
    assert await company.snapshot() == before


async def test_a_decided_item_cannot_be_removed(company: Company, api: Api) -> None:
    decided, other, late = [await request_evolution(company, title) for title in ("Décidée", "Autre", "Tardive")]
    meeting = await schedule(api, company, decided, other)
    await decide(api, company, decided, meeting, "APPROVED")
    before = await company.snapshot()
    values = {"ticketIds": [company.id(other)]}
    refused = await api.refusal(company.tokens["manager"], UPDATE, id=meeting, input=values)
    assert refused == [("input.ticketIds", "NOT_ALLOWED_IN_STATUS")]
    assert await company.snapshot() == before
    agenda = [company.id(number) for number in (late, decided)]
    amended = {"title": "Réunion déplacée", "ticketIds": agenda}
    changed = (await api.act(company.tokens["manager"], UPDATE, id=meeting, input=amended))["meeting"]
    assert changed == {
        "title": "Réunion déplacée",
        "agenda": [{"ticket": {"number": late}}, {"ticket": {"number": decided}}],
    }


@pytest.mark.parametrize("name", ["title", "heldAt", "ticketIds"])
async def test_no_field_of_a_meeting_may_be_null(company: Company, api: Api, name: str) -> None:
    meeting = await schedule(api, company)
    refused = await api.refusal(company.tokens["manager"], UPDATE, id=meeting, input={name: None})
    assert refused == [(f"input.{name}", "REQUIRED")]


async def test_a_meeting_decides_a_request_once(company: Company, api: Api) -> None:
    number = await request_evolution(company, "Exporter en PDF")
    meeting = await schedule(api, company, number)
    await decide(api, company, number, meeting, "POSTPONED")
    before = await company.snapshot()
    values = {"decision": "APPROVED", "comment": "Finalement.", "meetingId": meeting}
    refused = await api.refusal(company.tokens["manager"], DECIDE, id=company.id(number), input=values)
    assert refused == [("input.meetingId", "NOT_ALLOWED_IN_STATUS")]
    assert await company.snapshot() == before


async def test_only_managers_schedule_and_list_meetings(company: Company, api: Api) -> None:
    meeting = await schedule(api, company)
    for who in ("operator", "developer", "requester", "admin"):
        token, values = company.tokens[who], {"title": "Réunion", "heldAt": HELD}
        assert (await api.ask(token, SCHEDULE, {"input": values})).codes == ["FORBIDDEN"]
        assert (await api.ask(token, UPDATE, {"id": meeting, "input": values})).codes == ["FORBIDDEN"]
        assert (await api.ask(token, LIST)).codes == ["FORBIDDEN"]


async def test_others_read_agenda_items_of_visible_tickets(company: Company, api: Api) -> None:
    own = await request_evolution(company, "La mienne", requester="requester", service="Réseau")
    foreign = await request_evolution(company, "Celle de Colleague", requester="colleague", service="Développement")
    meeting = await schedule(api, company, own, foreign)
    await decide(api, company, foreign, meeting, "REJECTED", "Trop cher.")
    seen = {"requester": [own], "network": [own], "colleague": [foreign], "developer": [foreign]}
    seen |= {"operator": [own, foreign], "manager": [own, foreign]}
    for who, numbers in seen.items():
        node = (await api.read(company.tokens[who], MEETING, id=meeting))["node"]
        assert [item["ticket"]["number"] for item in node["agenda"]] == numbers
        assert (node["title"], node["record"] is not None) == ("Réunion de mars", who == "manager")
    for who in ("peer", "admin", "everyman"):
        visible = who in {"peer", "everyman"}
        node = (await api.read(company.tokens[who], MEETING, id=meeting))["node"]
        assert (node is not None) is visible
    answer = await api.ask(company.tokens["requester"], MEETING, {"id": meeting})
    assert "Colleague" not in answer.text
    assert "Trop cher" not in answer.text


async def test_a_meeting_without_visible_items_is_hidden(company: Company, api: Api) -> None:
    meeting = await schedule(
        api, company, await request_evolution(company, "Celle de Colleague", requester="colleague")
    )
    assert (await api.read(company.tokens["requester"], MEETING, id=meeting))["node"] is None


async def test_meetings_are_listed_by_date_and_period(company: Company, api: Api) -> None:
    for day in (1, 2, 3):
        await schedule(api, company, title=f"Réunion {day}", held_at=f"2026-03-0{day}T22:59:59Z")
    token = company.tokens["manager"]
    page = (await api.read(token, LIST, first=2))["decisionMeetings"]
    assert (page["totalCount"], [node["title"] for node in page["nodes"]]) == (3, ["Réunion 3", "Réunion 2"])
    rest = await api.read(token, LIST, first=2, after=page["pageInfo"]["endCursor"])
    assert [node["title"] for node in rest["decisionMeetings"]["nodes"]] == ["Réunion 1"]
    day = (await api.read(token, LIST, period={"from": "2026-03-02", "to": "2026-03-02"}))["decisionMeetings"]
    assert [node["title"] for node in day["nodes"]] == ["Réunion 2"]  # 23:59:59 in Paris: still that day
    backwards = await api.ask(token, LIST, {"period": {"from": "2026-03-02", "to": "2026-03-01"}})
    assert backwards.codes == ["BAD_USER_INPUT"]


async def test_minutes_are_markdown_in_the_callers_language(company: Company, api: Api) -> None:
    decided, left = (
        await request_evolution(company, "Exporter en *PDF*"),
        await request_evolution(company, "Mode sombre"),
    )
    meeting = await schedule(api, company, decided, left)
    await decide(api, company, decided, meeting, "APPROVED", "Utile.\n<b>Vraiment</b>")
    answer = await api.ask(company.tokens["manager"], MEETING, {"id": meeting}, language="fr")
    assert answer.data["node"]["record"] == (
        "# Réunion de mars\n\n"
        "*lundi 2 mars 2026, 14:30:00 heure normale d’Europe centrale*\n\n"
        f"## \\#{decided} Exporter en \\*PDF\\*\n\n"
        "**Approuvée**, noté par Manager.\n\n"
        "> Utile.\n> \\<b\\>Vraiment\\</b\\>\n\n"
        f"## \\#{left} Mode sombre\n\n"
        "**Sans décision**\n"
    )
    assert (
        "**Approved**, written down by Manager."
        in (await api.ask(company.tokens["manager"], MEETING, {"id": meeting}, language="en")).text
    )
