"""An export is written to PostgreSQL once, in complete tickets, despite interruptions."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, text

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Service, ServiceRate, Site
from osit_graphql.services.importer.mapping import Interventions, read_map
from osit_graphql.services.importer.plan import Plan, plan_import
from osit_graphql.services.importer.writer import ImportResult, import_incidents
from tests.importer.dumps import dump, sizes
from tests.importer.exports import EXAMPLE, FIXTURE, paris, plan_rows
from tests.superuser import as_superuser, audit_differences

PARIS = ZoneInfo("Europe/Paris")
FIXTURE_SIZES = {
    "ticket": 32, "activity": 130, "intervention": 0, "service": 19, "site": 13, "application": 12, "cause": 8,
    "person": 72,
}  # fmt: skip


def plan_fixture(source: str = "ServiceNow", **changes: object) -> Plan:
    """Plan the import of the fixture with this source."""
    return plan_import(FIXTURE, read_map(EXAMPLE).model_copy(update={"source": source, **changes}))


async def test_the_fixture_is_imported_completely(database: Database) -> None:
    result = await import_incidents(database, plan_fixture(), PARIS)
    made = {"tickets": 32, "services": 19, "sites": 13, "applications": 12, "causes": 8, "people": 72}
    assert result == ImportResult(dict.fromkeys(made, 0), made)
    assert await sizes(database) == FIXTURE_SIZES
    imported = await dump(database, "ServiceNow")
    assert [ticket["external_ref"] for ticket in imported["tickets"]][:3] == [
        "…:INC0000045",
        "…:INC0000047",
        "…:INC0000057",
    ]
    assert sum(ticket["reroute_count"] for ticket in imported["tickets"]) == 23
    assert sum(ticket["reroute_count"] > 0 for ticket in imported["tickets"]) == 16
    assert {ticket["status"] for ticket in imported["tickets"]} == {"CLOSED"}
    assert await audit_differences(database) == []


async def test_an_imported_ticket_has_the_history_of_its_rows(database: Database) -> None:
    await import_incidents(database, plan_fixture(), PARIS)
    imported = await dump(database, "ServiceNow")
    [ticket] = [ticket for ticket in imported["tickets"] if ticket["external_ref"] == "…:INC0000047"]
    text_ = "Catégorie : Category 40 ; sous-catégorie : Subcategory 215 ; symptôme : Symptom 471. Lieu : Location 165."
    assert ticket == {
        "external_ref": "…:INC0000047", "title": "Category 40 · Subcategory 215 · Symptom 471",
        "description": f"Incident INC0000047 de ServiceNow. {text_}", "status": "CLOSED", "severity": "MODERATE",
        "criticality": "NON_BLOCKING", "priority": "NORMAL", "opened_at": datetime(2016, 2, 29, 3, 40, tzinfo=UTC),
        "updated_at": datetime(2016, 3, 1, 8, 52, tzinfo=UTC), "closed_at": datetime(2016, 3, 1, 8, 52, tzinfo=UTC),
        "version": 6, "reopen_count": 0, "reroute_count": 1, "requester": "caller-2403@….import.invalid",
        "operator": "opened-by-397@….import.invalid", "assignee": "resolver-89@….import.invalid",
        "application": "Category 40", "service": "Group 24", "site": "Location 165", "cause": "code 5",
    }  # fmt: skip
    history = [
        (row["version"], row["kind"], f"{row['created_at']:%d %H:%M}", row["author"], row["comment"])
        for row in imported["activities"]
        if row["external_ref"] == "…:INC0000047"
    ]
    prefix = "Importé de … (INC0000047, ligne"
    assert history == [
        (1, "OPENED", "29 03:40", "opened-by-397@….import.invalid",
         f"{prefix} 6) : incident ouvert, groupe « Group 70 », par Updated by 746."),
        (2, "ASSIGNMENT", "29 03:57", None, f"{prefix} 6) : affecté à « Resolver 89 », par Updated by 746."),
        (3, "REROUTING", "29 04:30", None,
         f"{prefix} 7) : le groupe passe de « Group 70 » à « Group 24 », par Updated by 21."),
        (4, "ASSIGNMENT", "29 04:30", None, f"{prefix} 7) : affecté à « Resolver 31 », par Updated by 21."),
        (5, "ASSIGNMENT", "01 08:14", None, f"{prefix} 12) : affecté à « Resolver 89 », par Updated by 332."),
        (6, "STATUS_CHANGE", "01 08:52", "resolved-by-81@….import.invalid",
         f"{prefix} 13) : incident clos, état « Resolved », cause « code 5 », par Updated by 332."),
    ]  # fmt: skip


async def test_people_have_the_roles_of_their_rows_and_no_password(database: Database) -> None:
    await import_incidents(database, plan_fixture(), PARIS)
    people = {person["name"]: person for person in (await dump(database, "ServiceNow"))["people"]}
    assert people["Caller 2403"]["roles"] == ["REQUESTER"]
    assert people["Caller 2403"]["site"] == "Location 143"
    assert people["Opened by 8"]["roles"] == ["OPERATOR"]
    assert people["Resolver 31"] | {"email": ""} == {
        "name": "Resolver 31", "email": "", "roles": ["TECHNICIAN"], "service": "Group 24", "site": None,
        "password_hash": None, "active": True,
    }  # fmt: skip
    assert {person["password_hash"] for person in people.values()} == {None}


async def test_a_dry_run_writes_nothing_and_uses_no_ticket_number(database: Database) -> None:
    dry_result = await import_incidents(database, plan_fixture(), PARIS, dry_run=True)
    assert set((await sizes(database)).values()) == {0}
    assert await import_incidents(database, plan_fixture(), PARIS) == dry_result
    async with as_superuser(database).reading() as session:
        assert await session.scalar(text("SELECT min(id) FROM ticket")) == 1


async def test_a_second_run_changes_nothing(database: Database) -> None:
    await import_incidents(database, plan_fixture(), PARIS)
    before = await dump(database, "ServiceNow")
    result = await import_incidents(database, plan_fixture(), PARIS)
    assert set(result.created.values()) == {0}
    assert result.existing["tickets"] == 32
    assert await dump(database, "ServiceNow") == before
    assert await sizes(database) == FIXTURE_SIZES
    # It used no number of a later ticket.
    async with as_superuser(database).transaction() as session:
        assert await session.scalar(text("SELECT nextval(pg_get_serial_sequence('ticket', 'id'))")) == 33


class Killed(Exception):
    """Interrupts an import."""


async def test_an_interrupted_import_run_again_has_the_same_result(database: Database) -> None:
    await import_incidents(database, plan_fixture("Un"), PARIS)
    done = 0

    def die(count: int) -> None:
        nonlocal done
        done += count
        if done >= 10:
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            await import_incidents(database, plan_fixture("Deux"), PARIS, advance=die, batch=5)
    assert len((await dump(database, "Deux"))["tickets"]) == 10
    result = await import_incidents(database, plan_fixture("Deux"), PARIS, batch=5)
    assert (result.existing["tickets"], result.created["tickets"]) == (10, 22)
    assert await dump(database, "Deux") == await dump(database, "Un")


async def test_concurrent_imports_have_the_result_of_one(database: Database) -> None:
    await import_incidents(database, plan_fixture("Un"), PARIS)
    await asyncio.gather(*(import_incidents(database, plan_fixture("Deux"), PARIS, batch=5) for _ in range(3)))
    assert await dump(database, "Deux") == await dump(database, "Un")


async def test_reopenings_are_counted(database: Database, tmp_path: Path) -> None:
    done = {"state": "Done", "at": "2026-01-07 09:00"}
    again = {"at": "2026-01-08 09:00"}
    await import_incidents(database, plan_rows(tmp_path, {}, done, again, done | {"no": "I2"}), PARIS)
    imported = (await dump(database, "vieux-tickets"))["tickets"]
    assert [(row["status"], row["reopen_count"], row["closed_at"]) for row in imported] == [
        ("OPEN", 1, None),
        ("CLOSED", 0, paris(7, 9)),
    ]


async def test_an_entity_with_the_same_name_is_reused_unchanged(database: Database) -> None:
    async with as_superuser(database).transaction() as session:
        await session.execute(insert(Service).values(name="GROUP 70", name_key="group 70", active=False))
        await session.execute(insert(Site).values(name="Location 143", name_key="location 143", city="Lyon"))
    result = await import_incidents(database, plan_fixture(), PARIS)
    assert (result.existing["services"], result.created["services"]) == (1, 18)
    assert (result.existing["sites"], result.created["sites"]) == (1, 12)
    async with as_superuser(database).reading() as session:
        rows = await session.execute(text("SELECT name, active FROM service WHERE name_key = 'group 70'"))
        assert rows.all() == [("GROUP 70", False)]


async def test_declared_minutes_are_priced_at_the_rate_of_the_day(database: Database) -> None:
    await import_incidents(database, plan_fixture("Avant"), PARIS)
    async with as_superuser(database).transaction() as session:
        service = await session.scalar(text("SELECT service_id FROM person WHERE name = 'Resolved by 81'"))
        day = datetime(2016, 3, 1, tzinfo=UTC).date()
        await session.execute(
            insert(ServiceRate).values(service_id=service, effective_from=day, hourly_rate=Decimal("41.01"))
        )
    plan = plan_fixture(interventions=Interventions(minutes=45))
    await import_incidents(database, plan, PARIS)
    work = [row for row in (await dump(database, "ServiceNow"))["activities"] if row["kind"] == "INTERVENTION"]
    assert len(work) == plan.totals().interventions == 32
    assert {row["minutes"] for row in work} == {45}
    assert {row["labour"] for row in work} == {None, Decimal("30.76")}
    [line] = [row for row in work if row["external_ref"] == "…:INC0000047"]
    assert line["labour"] == Decimal("30.76")
    assert line["author"] == "resolved-by-81@….import.invalid"


async def test_an_evolution_and_its_qualification_share_one_version(database: Database, tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {}, {"urgency": "wish", "app": "Congés", "word": "badge"}, {"no": "I2", "group": "?"})
    assert plan.errors == []
    await import_incidents(database, plan, PARIS)
    imported = await dump(database, "vieux-tickets")
    assert [(row["version"], row["kind"], row["to_status"]) for row in imported["activities"]] == [
        (1, "OPENED", None), (2, "QUALIFICATION", None), (2, "STATUS_CHANGE", "PENDING_DECISION"), (1, "OPENED", None),
    ]  # fmt: skip
    assert [ticket["service"] for ticket in imported["tickets"]] == ["Réseau", "Groupe inconnu"]
    assert imported["tickets"][0]["status"] == "PENDING_DECISION"
    change = imported["activities"][1]
    assert (change["from_application"], change["to_application"]) == ("Paie", "Congés")
    assert (change["from_description"], imported["tickets"][0]["description"]) == ("écran noir", "badge")
