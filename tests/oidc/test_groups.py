"""A mapping of groups to roles replaces the directory's roles; a technician also needs a service."""

from collections.abc import AsyncIterator

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import NoRole, NoServiceOfTheirs
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import oidc
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.oidc.fake_issuer import FakeIssuer
from tests.oidc.viewer_queries import read_refusal, read_viewer

ROLES = {"desk": Role.OPERATOR, "dev": Role.TECHNICIAN, "board": Role.MANAGER, "it": Role.ADMIN}


@pytest.fixture
async def api(database: Database, issuer_settings: Settings) -> AsyncIterator[Api]:
    """Return an API that maps the claim `groups` to roles."""
    async with Api(issuer_settings.model_copy(update={"oidc_roles": ROLES}), database) as api:
        yield api


async def link(company: Company, name: str, issuer: FakeIssuer, subject: str) -> None:
    async with company.database.transaction(System.DIRECTORY) as session:
        assert await oidc.link(session, company.keys[name], issuer.url, subject) is None


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["desk"], ["OPERATOR"]),
        (["board"], ["MANAGER"]),
        (["desk", "board", "other"], ["MANAGER", "OPERATOR"]),
        (["it", "it"], ["ADMIN"]),
    ],
)
async def test_mapped_groups_replace_the_directorys_roles(
    linked_company: Company, issuer: FakeIssuer, api: Api, groups: list[str], roles: list[str]
) -> None:
    email, viewer_roles = await read_viewer(api, issuer.issue(groups=groups))
    assert (email, sorted(viewer_roles)) == ("operator@example.com", roles)


@pytest.mark.parametrize("groups", [[], ["other"], ["Desk"], ["desk "], ["/desk"], ["OPERATOR"], ...])
async def test_a_token_without_mapped_groups_has_no_role(
    linked_company: Company, issuer: FakeIssuer, api: Api, groups: object
) -> None:
    assert await read_refusal(api, issuer.issue(groups=groups)) == (403, "FORBIDDEN", NoRole.sentence)


@pytest.mark.parametrize("groups", ["desk", {"desk": True}, [["desk"]], ["desk", 1], None, True])
async def test_a_groups_claim_must_be_a_list_of_strings(
    linked_company: Company, issuer: FakeIssuer, api: Api, groups: object
) -> None:
    assert (await read_refusal(api, issuer.issue(groups=groups)))[:2] == (401, "UNAUTHENTICATED")


async def test_a_technician_has_the_directorys_service(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    await link(linked_company, "developer", issuer, "dev-1")
    await linked_company.ticket(service="Développement")
    await linked_company.ticket(service="Réseau")
    document = "{ viewer { roles } openTickets { nodes { service { name } } } }"
    data = await api.read(issuer.issue(sub="dev-1", groups=["dev"]), document)
    assert data == {
        "viewer": {"roles": ["TECHNICIAN"]},
        "openTickets": {"nodes": [{"service": {"name": "Développement"}}]},
    }


@pytest.mark.parametrize("groups", [["dev"], ["desk", "dev"], ["dev", "board", "it"]])
async def test_a_mapped_technician_without_a_service_is_refused(
    linked_company: Company, issuer: FakeIssuer, api: Api, groups: list[str]
) -> None:
    assert await read_refusal(api, issuer.issue(groups=groups)) == (403, "FORBIDDEN", NoServiceOfTheirs.sentence)


async def test_a_technician_mapped_to_operator_sees_as_an_operator(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    await link(linked_company, "developer", issuer, "dev-1")
    await linked_company.ticket(service="Réseau")
    token = issuer.issue(sub="dev-1", groups=["desk"])
    assert (await api.read(token, "{ viewer { openTicketCount } }"))["viewer"]["openTicketCount"] == 1


async def test_osits_own_sessions_ignore_groups(linked_company: Company, api: Api) -> None:
    assert await read_viewer(api, linked_company.tokens["operator"]) == ("operator@example.com", ["OPERATOR"])


async def test_a_setting_names_the_groups_claim(
    linked_company: Company, issuer: FakeIssuer, database: Database, issuer_settings: Settings
) -> None:
    claim_settings = {"oidc_roles": ROLES, "oidc_groups_claim": "https://company.example/teams"}
    async with Api(issuer_settings.model_copy(update=claim_settings), database) as api:
        token = issuer.issue(**{"groups": ["it"], "https://company.example/teams": ["desk"]})
        assert await read_viewer(api, token) == ("operator@example.com", ["OPERATOR"])
