"""B2: an identity is the issuer and subject that an administrator links; its roles are the current ones."""

import pytest
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Identity, Person
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import oidc
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.oidc.fake_issuer import AUDIENCE, SUBJECT, FakeIssuer, rsa, running_issuer
from tests.oidc.viewer_queries import read_refusal, read_viewer
from tests.superuser import as_superuser

VICTIM = "admin@example.com"
OPERATOR = ("operator@example.com", ["OPERATOR"])
UNLINKED = (401, "UNAUTHENTICATED", "This account is not linked to a person in OSIT: ask an administrator to link it.")
INVALID = (401, "UNAUTHENTICATED", "Sign in first.")
CLAIMED = {"email": VICTIM, "email_verified": True, "preferred_username": VICTIM, "upn": VICTIM, "name": "Admin"}


async def relink(company: Company, name: str, issuer: FakeIssuer) -> None:
    """Link the subject to this person only."""
    async with company.database.transaction(System.DIRECTORY) as session:
        await session.execute(delete(Identity))
        assert await oidc.link(session, company.keys[name], issuer.url, SUBJECT) is None


async def change(company: Company, name: str, **columns: object) -> None:
    """Change a person's row."""
    async with as_superuser(company.database).transaction() as session:
        await session.execute(update(Person).where(Person.id == company.keys[name]).values(columns))


async def test_tokens_of_an_untrusted_issuer_are_refused(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    await relink(linked_company, "admin", issuer)
    assert (await read_viewer(api, issuer.issue()))[0] == VICTIM
    before = await linked_company.snapshot()
    with running_issuer() as evil:
        evil.published = [rsa("evil")]
        for iss in (evil.url, issuer.url):  # under its own name and under the trusted issuer's
            for kid in ("evil", "one"):
                token = evil.issue(key=rsa("evil"), header={"kid": kid}, iss=iss, **CLAIMED)
                assert await read_refusal(api, token) == INVALID
        assert evil.key_fetches == 0
    assert await linked_company.snapshot() == before


async def test_a_link_is_valid_for_its_issuer_only(linked_company: Company, database: Database) -> None:
    await relink(linked_company, "admin", FakeIssuer(url="https://former.example"))
    with running_issuer() as present:
        settings = Settings(_env_file=None, oidc_issuer=present.url, oidc_audience=AUDIENCE)
        async with Api(settings, database) as api:
            assert await read_refusal(api, present.issue()) == UNLINKED


@pytest.mark.parametrize("subject", ["somebody-new", VICTIM, SUBJECT.upper(), f"{SUBJECT} ", "operator"])
async def test_an_email_claim_links_no_person(
    linked_company: Company, issuer: FakeIssuer, api: Api, subject: str
) -> None:
    before = await linked_company.snapshot()
    with capture_logs() as logs:
        assert await read_refusal(api, issuer.issue(sub=subject, **CLAIMED)) == UNLINKED
    expected = {"event": "identity_not_linked", "issuer": issuer.url, "subject": subject, "log_level": "warning"}
    assert [line for line in logs if line["event"] == "identity_not_linked"] == [expected | {"client": "127.0.0.1"}]
    assert await linked_company.snapshot() == before


async def test_the_log_has_the_first_use_of_a_token_and_each_refusal(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    await relink(linked_company, "admin", issuer)
    token, person = issuer.issue(), linked_company.keys["admin"]
    with capture_logs() as logs:
        for _ in range(2):
            await read_viewer(api, token)
        await read_refusal(api, f"{token}x")
        await change(linked_company, "admin", active=False)
        await read_refusal(api, token)
    lines = [dict(line) for line in logs if line["event"] in {"sign_in_succeeded", "token_refused"}]
    common = {"log_level": "info", "client": "127.0.0.1"}
    refused = {"event": "token_refused", "method": "oidc"}
    assert lines.pop(1)["reason"]
    assert lines == [
        {"event": "sign_in_succeeded", "method": "oidc", "person": person, **common},
        {**refused, "reason": "its person is not active", "person": person, **common},
    ]


async def test_an_unlinked_caller_may_sign_in_with_a_password(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    document = 'mutation { signIn(input: {email: "a@b", password: "wrong"}) { userErrors { code } } }'
    answer = await api.ask(issuer.issue(sub="new"), document)
    assert answer.data == {"signIn": {"userErrors": [{"code": "INVALID_CREDENTIALS"}]}}


async def test_a_directory_change_applies_at_the_next_request(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    token = issuer.issue()
    assert await read_viewer(api, token) == OPERATOR
    await change(linked_company, "operator", roles=["MANAGER", "REQUESTER"])
    assert await read_viewer(api, token) == ("operator@example.com", ["REQUESTER", "MANAGER"])
    await change(linked_company, "operator", active=False)
    assert await read_refusal(api, token) == INVALID
    await change(linked_company, "operator", active=True)
    async with linked_company.database.transaction(System.DIRECTORY) as session:
        assert await oidc.unlink(session, linked_company.keys["operator"], issuer.url) == 1
    assert await read_refusal(api, token) == UNLINKED


async def test_a_technician_sees_tickets_of_their_current_service(
    linked_company: Company, issuer: FakeIssuer, api: Api
) -> None:
    await relink(linked_company, "developer", issuer)
    await linked_company.ticket(service="Développement")
    assert (await api.read(issuer.issue(), "{ viewer { openTicketCount } }"))["viewer"]["openTicketCount"] == 1
    await change(linked_company, "developer", service_id=linked_company.keys["Réseau"])
    assert (await api.read(issuer.issue(), "{ viewer { openTicketCount } }"))["viewer"]["openTicketCount"] == 0


async def test_an_issuers_token_cannot_sign_out(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    answer = await api.ask(issuer.issue(), "mutation { signOut { userErrors { code } } }")
    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["message"] == "OSIT did not issue this token: sign out at its issuer."
    assert await read_viewer(api, issuer.issue()) == OPERATOR


async def test_only_listed_clients_are_accepted(
    linked_company: Company, database: Database, issuer_settings: Settings
) -> None:
    assert issuer_settings.oidc_issuer is not None
    with running_issuer() as issuer:
        await relink(linked_company, "operator", issuer)
        named = {"oidc_issuer": issuer.url, "oidc_clients": ("desk", "portal")}
        async with Api(issuer_settings.model_copy(update=named), database) as api:
            assert await read_viewer(api, issuer.issue()) == OPERATOR
            assert await read_viewer(api, issuer.issue(client_id=..., azp="portal")) == OPERATOR
            assert await read_refusal(api, issuer.issue(client_id="evil")) == INVALID
            assert await read_refusal(api, issuer.issue(client_id="evil", azp="desk")) == INVALID
            assert await read_refusal(api, issuer.issue(client_id=...)) == INVALID
