"""Every root field has its authorization and description; the exported schema is up to date."""

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
FOR_EVERY_VIEWER = {
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
"""Root fields open to every signed-in viewer: visibility limits their rows, or they change the viewer's own data."""
ANONYMOUS = {"signIn"}


def find_authorizations(root: Any) -> dict[str, list[Authorization]]:
    """Return the authorizations of a root type's fields, by their names in the schema."""
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


AUTHORIZATIONS = find_authorizations(Query) | find_authorizations(Mutation)
MUTATIONS = find_authorizations(Mutation)


@pytest.mark.parametrize("name", AUTHORIZATIONS)
def test_every_root_field_has_one_authorization(name: str) -> None:
    assert len(AUTHORIZATIONS[name]) == 1


def test_the_schema_has_exactly_these_root_fields() -> None:
    assert set(AUTHORIZATIONS) == set(list_fields())
    assert BUILT.subscription_type is None  # its fields would need authorizations too


def test_actions_and_mutations_match_one_to_one() -> None:
    needed: dict[str, Required] = {name: each[0].required for name, each in MUTATIONS.items()}
    assert {name: need for name, need in needed.items() if isinstance(need, Action)} == ACTIONS
    assert sorted(ACTIONS.values()) == sorted(permissions.RULES)


def test_root_fields_without_a_required_role_are_listed() -> None:
    assert {name for name, each in AUTHORIZATIONS.items() if each[0].anonymous} == ANONYMOUS
    assert {name for name, each in AUTHORIZATIONS.items() if each[0].required is None} == FOR_EVERY_VIEWER | ANONYMOUS


def test_meetings_need_the_permission_to_decide() -> None:
    assert {MUTATIONS[name][0].required for name in ("meetingSchedule", "meetingUpdate")} == {
        Permission.DECIDE_EVOLUTIONS
    }


def test_directory_mutations_need_the_permission_to_manage_it() -> None:
    written = {name: each[0].required for name, each in MUTATIONS.items() if name not in ACTIONS}
    others = FOR_EVERY_VIEWER | ANONYMOUS | {"meetingSchedule", "meetingUpdate"}
    permissions_needed = {name: need for name, need in written.items() if name not in others}
    assert permissions_needed == {
        name: Permission.CREATE_REQUESTER if name == "userCreate" else Permission.MANAGE_DIRECTORY
        for name in permissions_needed
    }


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
        *("apiTokenRevoke", "directoryChanges"),
    },
    ApiArea.SIGN_INS: {"signOut", "viewerPasswordChange", "apiTokenCreate"},
    None: ANONYMOUS,
}


def test_every_root_field_belongs_to_an_api_area() -> None:
    areas = {name: each[0].area for name, each in AUTHORIZATIONS.items()}
    assert areas == {name: area for area, names in API_AREAS.items() for name in names}


@pytest.mark.parametrize("name", [name for name, each in AUTHORIZATIONS.items() if each and each[0].area])
def test_the_description_lists_the_token_scopes(name: str) -> None:
    scopes = permissions.SCOPES[AUTHORIZATIONS[name][0].area or ApiArea.SIGN_INS]
    named = " or ".join(scope for scope in Scope if scope in scopes) or "none"
    sentence = "Any token." if scopes == set(Scope) else f"Token scopes: {named}."
    assert sentence in (list_fields()[name].description or "")


@pytest.mark.parametrize("name", [name for name, each in AUTHORIZATIONS.items() if each and each[0].required])
def test_the_description_lists_the_roles(name: str) -> None:
    need = AUTHORIZATIONS[name][0].required
    assert need is not None
    roles = ", ".join(sorted(permissions.roles_for(need)))
    assert (list_fields()[name].description or "").endswith(f"Roles: {roles}.")


def list_descriptions(named: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Yield the description of a type and of its fields, arguments and values."""
    yield named.name, named.description
    for name, field in getattr(named, "fields", {}).items():
        yield f"{named.name}.{name}", field.description
        for argument, definition in getattr(field, "args", {}).items():
            yield f"{named.name}.{name}({argument}:)", definition.description
    for name, value in getattr(named, "values", {}).items():
        yield f"{named.name}.{name}", value.description


def test_everything_has_a_description() -> None:
    types = [named for named in BUILT.type_map.values() if not named.name.startswith("__")]
    ours = [named for named in types if not is_specified_scalar_type(named)]
    descriptions = dict(item for named in ours for item in list_descriptions(named))
    assert [place for place, description in descriptions.items() if not (description or "").strip()] == []
    assert len(descriptions) > len(AUTHORIZATIONS)


def test_the_exported_schema_is_the_one_that_is_built() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == export(), "run `make schema`"
