"""Leak classes whose tests change data, one test each; a docstring names the incident."""

from sqlalchemy import text

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.superuser import Superuser


async def test_ids_are_not_compared_by_prefix(desk: Desk, admin: Superuser) -> None:
    """OTRS CVE-2009-5055: IDs were compared as texts, so that customer 1 saw tickets of customer 12."""
    near = {"service": desk.company.keys["Réseau"], "person": desk.company.keys["requester"]}
    async with admin.transaction() as connection:
        for place in range(10):
            far = {"service": near["service"] * 10 + place, "person": near["person"] * 10 + place}
            row = {"id": far["service"], "name": f"Service {far['service']}"}
            added = "INSERT INTO service (id, name, name_key) OVERRIDING SYSTEM VALUE VALUES (:id, :name, lower(:name))"
            await connection.execute(text(added), row)
            person = {
                "id": far["person"],
                "name": f"Personne {far['person']}",
                "email": f"p{far['person']}@example.com",
            }
            added = "INSERT INTO person (id, name, name_key, email, roles, site_id) OVERRIDING SYSTEM VALUE "
            added += "VALUES (:id, :name, lower(:name), :email, ARRAY['REQUESTER'], 1)"
            await connection.execute(text(added), person)
            desk.company.keys[f"s{place}"], desk.company.keys[f"p{place}"] = far["service"], far["person"]
    own = await desk.company.ticket(service="Réseau")
    for place in range(10):
        await desk.company.ticket(service=f"s{place}", requester=f"p{place}")
    assert await desk.numbers("network") == [own]
    assert await desk.numbers("requester") == [own]


async def test_ids_in_other_arguments_are_checked(desk: Desk) -> None:
    """Zammad CVE-2026-34722 (links at creation), OTRS CVE-2013-3551 (split): other ID parameters were not checked."""
    number = await desk.company.ticket()
    for who in ("network", "operator", "requester"):
        refused = await desk.is_refused("developer", Action.ASSIGN, number, assigneeId=desk.company.ids[who])
        assert refused == [("input.assigneeId", "INVALID")]
    gone = global_ids.encode(Kind.SERVICE, 999)
    assert await desk.is_refused("developer", Action.REROUTE, number, serviceId=gone) == [
        ("input.serviceId", "NOT_FOUND")
    ]
