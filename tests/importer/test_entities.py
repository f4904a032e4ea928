"""The entities of an export: roles from rows, and unambiguous addresses."""

import re
from pathlib import Path

import pytest

from osit_graphql.domain.enums import Role
from osit_graphql.services.importer.entities import email_address, external_reference
from tests.importer.exports import MAP, make_map, plan_rows

DONE = {"state": "Done", "at": "2026-01-07 09:00"}


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("Caller 2403", "caller-2403"),
        ("CALLER  2403", "caller-2403"),
        ("Zoé Lefèvre", "zoe-lefevre"),
        ("Jean-Luc Morel", "jean-luc-morel-[0-9a-f]{10}"),
        ("O'Neil", "o-neil-[0-9a-f]{10}"),
        ("王伟", "[0-9a-f]{10}"),
        ("x" * 41, "x{40}-[0-9a-f]{10}"),
    ],
)
def test_an_email_address_derives_from_the_name(tmp_path: Path, name: str, local: str) -> None:
    assert re.fullmatch(rf"{local}@vieux-tickets\.import\.invalid", email_address(name, make_map(tmp_path)))


def test_different_names_have_different_addresses(tmp_path: Path) -> None:
    mapping = make_map(tmp_path)
    names = ["Jean Luc", "Jean-Luc", "Jean_Luc", "Jean, Luc", "王伟", "李伟", "x" * 41, "x" * 42, "Jean Luc -", "?!"]
    assert len({email_address(name, mapping) for name in names}) == len(names)
    assert max(len(email_address(name, mapping)) for name in names) < 100


def test_two_sources_have_separate_references_and_addresses(tmp_path: Path) -> None:
    one = make_map(tmp_path)
    other = make_map(tmp_path, MAP.replace("Vieux tickets", "工单"))
    assert external_reference("7", one) == "vieux-tickets:7"
    assert external_reference("7", other).endswith(":7")
    assert not external_reference("7", other).startswith(":")
    assert email_address("Alice Roux", one) != email_address("Alice Roux", other)


def test_one_person_may_have_several_roles(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {"desk": "Alice Roux", "tech": "alice roux"}, DONE | {"solver": "Nadia Petit"})
    people = plan.directory.people
    assert people["alice roux"].roles == {Role.REQUESTER, Role.OPERATOR, Role.TECHNICIAN}
    assert people["nadia petit"].roles == {Role.TECHNICIAN}
    assert people.keys() == {"alice roux", "nadia petit"}  # the first row has the operator


def test_a_technician_gets_their_commonest_group(tmp_path: Path) -> None:
    nadia = {"tech": "Nadia Petit"}
    plan = plan_rows(
        tmp_path,
        *({"no": number, "group": "?"} | nadia for number in ("I1", "I2", "I3")),
        {"no": "I4", "group": "Postes"} | nadia,
        {"no": "I5", "group": "Réseau"} | nadia,
        {"no": "I5", "group": "Réseau"} | nadia,
        {"no": "I6", "group": "?", "tech": "Luc Morel"},
    )
    people = plan.directory.people
    assert people["nadia petit"].service(plan.mapping) == "Réseau"
    assert people["luc morel"].service(plan.mapping) == "Groupe inconnu"
    assert people["alice roux"].service(plan.mapping) is None


def test_a_requester_gets_the_site_of_most_of_their_incidents(tmp_path: Path) -> None:
    metz = {"place": "Metz"}
    plan = plan_rows(tmp_path, {}, {}, {}, metz | {"no": "I2"}, metz | {"no": "I3"}, {"no": "I4", "desk": "Ida Sy"})
    assert plan.directory.people["alice roux"].site(plan.mapping) == "Lyon"  # two each: the first met
    assert plan.directory.people["ida sy"].site(plan.mapping) is None
    plan = plan_rows(tmp_path, {}, metz | {"no": "I2"}, metz | {"no": "I3"})
    assert plan.directory.people["alice roux"].site(plan.mapping) == "Metz"


def test_the_subset_contains_only_what_the_tickets_need(tmp_path: Path) -> None:
    plan = plan_rows(
        tmp_path,
        {"tech": "Nadia Petit", "group": "Postes"},
        {"no": "I2", "tech": "Nadia Petit", "place": "Metz", "caller": "Paul Roy"},
        {"no": "I3", "tech": "Nadia Petit", "group": "Postes"},
    )
    needed = plan.directory.subset(plan.histories[1:2], plan.mapping)
    assert list(needed.services.values()) == ["Réseau", "Postes"]  # the ticket's, then the technician's commonest
    assert list(needed.sites.values()) == ["Metz"]
    assert needed.people.keys() == {"paul roy", "nadia petit", "omar diallo"}


def test_an_unreadable_row_excludes_its_incident(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {}, {"word": "à, la"}, {"no": "I2"})
    assert list(map(str, plan.errors)) == ["line 3: 20 cells where the header has 19."]
    assert [history.number for history in plan.histories] == ["I2"]
    assert (plan.rows, plan.incidents) == (3, 2)
