"""« Les utilisateurs de l'application et droits associés »."""

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk

EVERYTHING = "id number title description impact requester { name } activities { totalCount nodes { comment } }"


async def test_everybody_has_roles(desk: Desk) -> None:
    """Il conviendra de prévoir une gestion des rôles/profils au sein de cette application :"""
    rights = {
        "operator": (["OPERATOR"], ["CREATE_TICKET"]),
        "developer": (["TECHNICIAN"], ["READ_REPORTS"]),
        "requester": (["REQUESTER"], []),
        "manager": (["MANAGER"], ["DECIDE_EVOLUTIONS", "READ_REPORTS"]),
        "admin": (["ADMIN"], ["MANAGE_DIRECTORY"]),
        "twofold": (["OPERATOR", "TECHNICIAN"], ["CREATE_TICKET", "READ_REPORTS"]),
    }
    for who, (roles, actions) in rights.items():
        viewer = (await desk.reads(who, "{ viewer { roles allowedActions } }"))["viewer"]
        assert (sorted(viewer["roles"]), sorted(viewer["allowedActions"])) == (roles, actions)


async def test_operators_create_and_assign(desk: Desk) -> None:
    """les opérateurs du standard doivent pouvoir créer un ticket et l'affecter à un service ;"""
    await desk.does("operator", Action.CREATE, serviceId=desk.company.ids["Réseau"])
    assert await desk.ticket("operator", 1, "service { name } operator { name }") == {
        "service": {"name": "Réseau"},
        "operator": {"name": "Operator"},
    }
    assert await desk.numbers("network", "openTickets") == [1]
    missing = await desk.answer("operator", Action.CREATE, serviceId=None)
    assert missing.codes == ["BAD_USER_INPUT"]
    for who in ("developer", "requester", "manager", "admin", "everyman"):
        assert await desk.is_refused(who, Action.CREATE) == [("ticketCreate", "FORBIDDEN")]


async def test_technicians_have_actions(desk: Desk) -> None:
    """les techniciens doivent pouvoir :"""
    number = await desk.company.ticket()
    offered = (await desk.ticket("developer", number, "allowedActions"))["allowedActions"]
    assert {"CLOSE", "REROUTE", "LOG_INTERVENTION"} <= set(offered)
    assert (await desk.ticket("operator", number, "allowedActions"))["allowedActions"] == ["COMMENT", "QUALIFY"]
    assert (await desk.ticket("requester", number, "allowedActions"))["allowedActions"] == []


async def test_technicians_close(desk: Desk) -> None:
    """clôturer un ticket,"""
    number = await desk.company.ticket()
    for who in ("operator", "requester", "manager", "admin"):
        assert await desk.is_refused(who, Action.CLOSE, number) == [("ticketClose", "FORBIDDEN")]
    assert await desk.is_refused("network", Action.CLOSE, number) == [("id", "NOT_FOUND")]
    closed = await desk.does("developer", Action.CLOSE, number)
    assert closed["ticket"]["status"] == "CLOSED"
    assert (await desk.ticket("developer", number, "closedAt"))["closedAt"] is not None
    assert await desk.is_refused("developer", Action.CLOSE, number) == [("id", "NOT_ALLOWED_IN_STATUS")]


@pytest.mark.parametrize("blank", ["", " \n\t", "\u200b\u00a0"])
async def test_technicians_reroute(desk: Desk, blank: str) -> None:
    """re-router un ticket (en le justifiant obligatoirement),"""
    number = await desk.company.ticket()
    assert await desk.is_refused("developer", Action.REROUTE, number, comment=blank) == [("input.comment", "REQUIRED")]
    for who in ("operator", "requester", "manager", "admin"):
        assert await desk.is_refused(who, Action.REROUTE, number) == [("ticketReroute", "FORBIDDEN")]
    await desk.does("developer", Action.REROUTE, number, comment="C'est la route vers le serveur.")
    assert (await desk.history("network", number))[-1] == {
        "kind": "REROUTING",
        "comment": "C'est la route vers le serveur.",
    }


async def test_technicians_report_interventions(desk: Desk) -> None:
    """rendre compte de leurs interventions sur un ticket ;"""
    number = await desk.company.ticket()
    refusals = {
        "comment": (" ", "REQUIRED"),
        "minutes": (0, "INVALID"),
        "startedAt": ("2199-01-01T00:00:00Z", "INVALID"),
        "expenses": ("-0.01", "INVALID"),
        "causeId": (desk.company.ids["Configuration"], None),
    }
    wrong = {box: value for box, (value, _) in refusals.items()}
    errors = await desk.is_refused("developer", Action.LOG_INTERVENTION, number, **wrong)
    assert sorted(errors) == sorted((f"input.{box}", code) for box, (_, code) in refusals.items() if code)
    for who in ("operator", "requester", "manager", "admin"):
        errors = await desk.is_refused(who, Action.LOG_INTERVENTION, number)
        assert errors == [("ticketLogIntervention", "FORBIDDEN")]
    assert await desk.is_refused("network", Action.LOG_INTERVENTION, number) == [("id", "NOT_FOUND")]
    await desk.does("developer", Action.LOG_INTERVENTION, number, comment="Mot de passe remis à zéro.", minutes=1440)
    row = "comment author { name } ... on Intervention { minutes startedAt cause { name } expenses { amount } }"
    assert (await desk.history("developer", number, row))[1] == {
        "comment": "Mot de passe remis à zéro.",
        "author": {"name": "Developer"},
        "minutes": 1440,
        "startedAt": "2026-01-05T08:00:00Z",
        "cause": {"name": "Configuration"},
        "expenses": {"amount": "12.50"},
    }


async def test_requesters_see_their_tickets_only(desk: Desk) -> None:
    """les simples utilisateurs doivent pouvoir consulter les tickets créés sur la base de leurs appels (et ne
    doivent en aucun cas voir les autres).
    """
    mine = await desk.company.ticket(requester="requester", service="Réseau")
    theirs = await desk.company.ticket(requester="colleague", service="Développement")
    assert await desk.numbers("requester") == await desk.numbers("requester", "openTickets") == [mine]
    assert await desk.numbers("colleague") == [theirs]
    read = await desk.ticket("requester", mine, EVERYTHING)
    assert (read["number"], read["requester"]["name"]) == (mine, "Requester")
    assert await desk.ticket("requester", theirs, EVERYTHING) is None
    for action in Action:
        if action is not Action.CREATE:
            [(_, code)] = await desk.is_refused("requester", action, theirs)
            assert code in {"FORBIDDEN", "BAD_USER_INPUT"}
    filtered = {"requesterIds": [desk.company.ids["colleague"]]}
    assert await desk.numbers("requester", filter=filtered) == []


async def test_technicians_see_their_service_only(desk: Desk) -> None:
    """Les techniciens ne voient apparaître que les tickets affectés à leur service."""
    ours = await desk.company.ticket(service="Développement")
    others = await desk.company.ticket(service="Réseau")
    for who in ("developer", "peer"):
        assert await desk.numbers(who) == [ours]
        assert await desk.ticket(who, others, EVERYTHING) is None
    assert await desk.numbers("network") == [others]
    assert await desk.ticket("network", ours, EVERYTHING) is None
    await desk.does("developer", Action.REROUTE, ours)
    assert await desk.numbers("developer") == []
    assert await desk.numbers("network") == [ours, others]
    everything = await desk.numbers("operator")
    assert sorted(everything) == [ours, others]
