"""Every door has its authorization and its sign, and what is exported is what is built."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLNamedType, is_specified_scalar_type
from strawberry.utils.str_converters import to_camel_case

from osit_graphql.api.authorization import Authorization, Required
from osit_graphql.api.schema import Mutation, Query, build_schema, export
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ApiArea, Permission, Scope
from tests.architecture.source import ROOT

BUILT = build_schema().core
ACTIONS = {
    "ticketCreate": Action.CREATE,
    "ticketComment": Action.COMMENT,
    "ticketLogIntervention": Action.LOG_INTERVENTION,
    "interventionVoid": Action.VOID_INTERVENTION,
    "ticketAssign": Action.ASSIGN,
    "ticketPrioritize": Action.PRIORITIZE,
    "ticketQualify": Action.QUALIFY,
    "ticketReroute": Action.REROUTE,
    "ticketClose": Action.CLOSE,
    "ticketReopen": Action.REOPEN,
    "ticketDecide": Action.DECIDE,
}
# Where being signed in is enough: what is seen is visibility's to say, and what is changed is one's own.
FOR_EVERYONE = {
    *(
        "node",
        "nodes",
        "viewer",
        "ticket",
        "openTickets",
        "evolutionRequests",
        "closedTickets",
        "tickets",
        "similarTickets",
    ),
    *("services", "applications", "sites", "causes", "signOut", "viewerPasswordChange"),
    *("apiTokenCreate", "apiTokenRevoke"),
}
FOR_ANYBODY = {"signIn"}


def find_authorizations(root: Any) -> dict[str, list[Authorization]]:
    """Return the authorizations of each field of a root type, by its name in the schema."""
    fields = root.__strawberry_definition__.fields
    named = {field.graphql_name or to_camel_case(field.python_name): field for field in fields}
    return {
        name: [extension for extension in field.extensions if isinstance(extension, Authorization)]
        for name, field in named.items()
    }


def list_fields() -> dict[str, GraphQLField]:
    """Return the root fields of the built schema."""
    roots = (BUILT.query_type, BUILT.mutation_type)
    return {name: field for root in roots if root for name, field in root.fields.items()}


GUARDS = find_authorizations(Query) | find_authorizations(Mutation)
MUTATIONS = find_authorizations(Mutation)


@pytest.mark.parametrize("name", GUARDS)
def test_every_root_field_has_one_guard(name: str) -> None:
    assert len(GUARDS[name]) == 1


def test_the_guards_are_those_of_the_schema() -> None:
    assert set(GUARDS) == set(list_fields())
    assert BUILT.subscription_type is None  # the day it comes, its fields need authorizations too


def test_actions_and_mutations_match_one_to_one() -> None:
    needed: dict[str, Required] = {name: each[0].required for name, each in MUTATIONS.items()}
    assert {name: need for name, need in needed.items() if isinstance(need, Action)} == ACTIONS
    assert sorted(ACTIONS.values()) == sorted(permissions.RULES)


def test_who_needs_no_role_is_written_down() -> None:
    assert {name for name, each in GUARDS.items() if each[0].anonymous} == FOR_ANYBODY
    assert {name for name, each in GUARDS.items() if each[0].required is None} == FOR_EVERYONE | FOR_ANYBODY


def test_whoever_decides_calls_the_meetings() -> None:
    assert {MUTATIONS[name][0].required for name in ("meetingSchedule", "meetingUpdate")} == {
        Permission.DECIDE_EVOLUTIONS
    }


def test_whoever_writes_the_directory_manages_it() -> None:
    written = {name: each[0].required for name, each in MUTATIONS.items() if name not in ACTIONS}
    others = FOR_EVERYONE | FOR_ANYBODY | {"meetingSchedule", "meetingUpdate"}
    rights = {name: need for name, need in written.items() if name not in others}
    assert rights == {
        name: Permission.CREATE_REQUESTER if name == "userCreate" else Permission.MANAGE_DIRECTORY for name in rights
    }


# What a token reaches, root field by root field; the law says with which scopes.
API_AREAS = {
    ApiArea.ONESELF: {"node", "nodes", "viewer"},
    ApiArea.NAMES: {"users", "services", "applications", "sites", "causes"},
    ApiArea.TICKETS: {
        *("ticket", "openTickets", "evolutionRequests", "closedTickets", "tickets", "similarTickets"),
        "decisionMeetings",
    },
    ApiArea.WORK: {*ACTIONS, "meetingSchedule", "meetingUpdate"},
    ApiArea.REPORTS: {"maintenanceCosts", "recurrences", "ticketFlow"},
    ApiArea.DIRECTORY: {
        *(
            f"{thing}{verb}"
            for thing in ("user", "service", "application", "site", "cause")
            for verb in ("Create", "Update")
        ),
        "apiTokenRevoke",
    },
    ApiArea.SIGN_INS: {"signOut", "viewerPasswordChange", "apiTokenCreate"},
    None: FOR_ANYBODY,
}


def test_every_root_field_says_what_a_token_needs() -> None:
    found = {name: each[0].area for name, each in GUARDS.items()}
    assert found == {name: reach for reach, names in API_AREAS.items() for name in names}


@pytest.mark.parametrize("name", [name for name, each in GUARDS.items() if each and each[0].area])
def test_the_description_says_which_tokens(name: str) -> None:
    scopes = permissions.SCOPES[GUARDS[name][0].area or ApiArea.SIGN_INS]
    named = " or ".join(scope for scope in Scope if scope in scopes) or "none"
    said = "Any token." if scopes == set(Scope) else f"Token scopes: {named}."
    assert said in (list_fields()[name].description or "")


@pytest.mark.parametrize("name", [name for name, each in GUARDS.items() if each and each[0].required])
def test_the_description_says_who(name: str) -> None:
    need = GUARDS[name][0].required
    assert need is not None
    roles = ", ".join(sorted(permissions.roles_for(need)))
    assert (list_fields()[name].description or "").endswith(f"Roles: {roles}.")


def list_signs(named: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Yield a type, its fields, their arguments and its values, each with its description."""
    yield named.name, named.description
    for name, field in getattr(named, "fields", {}).items():
        yield f"{named.name}.{name}", field.description
        for argument, given in getattr(field, "args", {}).items():
            yield f"{named.name}.{name}({argument}:)", given.description
    for name, value in getattr(named, "values", {}).items():
        yield f"{named.name}.{name}", value.description


def test_everything_has_a_description() -> None:
    types = [named for named in BUILT.type_map.values() if not named.name.startswith("__")]
    ours = [named for named in types if not is_specified_scalar_type(named)]
    signs = dict(sign for named in ours for sign in list_signs(named))
    assert [place for place, description in signs.items() if not (description or "").strip()] == []
    assert len(signs) > len(GUARDS)


def test_the_exported_schema_is_the_one_that_is_built() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == export(), "run `make schema`"
