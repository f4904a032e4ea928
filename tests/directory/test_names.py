"""Names of sites, causes, applications and services: required, unique, and never deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from osit_graphql.db.models import Application, Base, Cause, Service, Site
from osit_graphql.services.directory import catalog
from osit_graphql.services.directory.record_editor import DirectoryInput
from tests.company import Company
from tests.directory.directory_calls import call, check_forbidden, refusal, row_of

PARIS = ZoneInfo("Europe/Paris")
create = partial(catalog.create_entry, zone=PARIS)
update = partial(catalog.update_entry, zone=PARIS)


@dataclass(frozen=True)
class Kind:
    """A kind of entry: its table and input type, the name of an existing one and of another."""

    model: type[Base]
    input_: Callable[..., DirectoryInput]
    name: str
    other: str


KINDS = [
    Kind(Site, catalog.SiteInput, "Paris", "Lyon"),
    Kind(Cause, catalog.CauseInput, "Configuration", "Panne matérielle"),
    Kind(Application, catalog.ApplicationInput, "Portail", "Paie"),
    Kind(Service, catalog.ServiceInput, "Réseau", "Postes"),
]
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.model.__name__)
BAD_NAMES: list[tuple[Any, str]] = [
    (None, "REQUIRED"),
    ("", "REQUIRED"),
    (" \t\n\u200b ", "REQUIRED"),
    ("x" * 201, "TOO_LONG"),
    ("ﷺ" * 200, "TOO_LONG"),
    ("a\0b", "INVALID"),
    ("\ud800", "INVALID"),
]


async def test_an_entry_is_added(company: Company, kind: Kind) -> None:
    key = await call(company, create, company.viewers["admin"], kind.input_(name=f" Été   {'x' * 196}\n"))
    row = await row_of(company, kind.model, key)
    assert (row["name"], row["name_key"], row["active"]) == (f"Été {'x' * 196}", f"ete {'x' * 196}", True)


@pytest.mark.parametrize(("name", "code"), BAD_NAMES)
async def test_a_bad_name_is_refused(company: Company, kind: Kind, name: str | None, code: str) -> None:
    input_ = kind.input_(name=name)
    assert await refusal(company, create, company.viewers["admin"], input_) == {("input.name", code)}
    assert await refusal(company, update, company.viewers["admin"], company.keys[kind.name], input_) == {
        ("input.name", code)
    }


async def test_a_new_entry_needs_a_name(company: Company, kind: Kind) -> None:
    assert await refusal(company, create, company.viewers["admin"], kind.input_()) == {("input.name", "REQUIRED")}


async def test_names_are_unique_regardless_of_case_and_accents(company: Company, kind: Kind) -> None:
    input_ = kind.input_(name=f" {kind.other.upper().replace('E', 'É')} ")
    taken = {("input.name", "ALREADY_EXISTS")}
    assert await refusal(company, create, company.viewers["admin"], input_) == taken
    assert await refusal(company, update, company.viewers["admin"], company.keys[kind.name], input_) == taken


async def test_an_entry_may_change_the_case_of_its_own_name(company: Company, kind: Kind) -> None:
    key = company.keys[kind.name]
    assert await call(company, update, company.viewers["admin"], key, kind.input_(name=kind.name.upper())) == key
    assert (await row_of(company, kind.model, key))["name"] == kind.name.upper()


async def test_an_absent_argument_leaves_its_column(company: Company, kind: Kind) -> None:
    key = company.keys[kind.name]
    before = await row_of(company, kind.model, key)
    await call(company, update, company.viewers["admin"], key, kind.input_(active=False))
    assert await row_of(company, kind.model, key) == before | {"active": False}


async def test_an_equal_value_changes_nothing(company: Company, kind: Kind) -> None:
    before = await company.snapshot()
    key = company.keys[kind.name]
    assert await call(company, update, company.viewers["admin"], key, kind.input_(name=kind.name, active=True)) == key
    assert await call(company, update, company.viewers["admin"], key, kind.input_()) == key
    assert await company.snapshot() == before


async def test_active_is_never_null(company: Company, kind: Kind) -> None:
    refused = await refusal(
        company, update, company.viewers["admin"], company.keys[kind.name], kind.input_(active=None)
    )
    assert refused == {("input.active", "REQUIRED")}


async def test_an_unknown_id_gives_not_found(company: Company, kind: Kind) -> None:
    assert await refusal(company, update, company.viewers["admin"], 2**62, kind.input_(name="")) == {
        ("id", "NOT_FOUND"),
        ("input.name", "REQUIRED"),
    }


@pytest.mark.parametrize("name", ["requester", "operator", "network", "manager", "twofold"])
async def test_only_an_administrator_changes_entries(company: Company, kind: Kind, name: str) -> None:
    viewer = company.viewers[name]
    await check_forbidden(company, create, viewer, kind.input_(name="New"))
    await check_forbidden(company, update, viewer, company.keys[kind.name], kind.input_(name="New"))
    await check_forbidden(company, update, viewer, 2**62, kind.input_(name=""))
