"""Every security event has one line in the log, with ids and reasons, and without secrets and texts of users."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from osit_graphql.domain import clock
from osit_graphql.domain.security_events import MEANINGS, SecurityEvent
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import api_tokens, login_throttling, oidc, opaque_tokens
from osit_graphql.services.directory import admin
from osit_graphql.settings import Settings
from tests.architecture.source import package
from tests.auth.people import PASSWORD, REVOKE, SIGN_IN, WRONG, give_passwords, make_token
from tests.client import Api
from tests.company import Company
from tests.directory.directory_calls import call
from tests.directory.documents import change, create
from tests.superuser import as_superuser

CHANGE_PASSWORD = """mutation ($current: String!, $new: String!) {
  viewerPasswordChange(input: {currentPassword: $current, newPassword: $new}) { userErrors { code field } } }"""
SIGN_OUT = "mutation { signOut { userErrors { code } } }"
SECRETS = (PASSWORD, WRONG, "another horse", "@example.com", "inconnu", "Requester", "osit_s_", "osit_t_", "argon2")
COMMON = {"event", "log_level", "client", "request_id", "principal", "operation"}


@dataclass
class Trail:
    """The company, its API, and the lines of its log."""

    company: Company
    api: Api
    lines: list[Any] = field(default_factory=list)

    def key(self, who: str) -> int:
        return self.company.keys[who]

    async def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        """Sign in, accepted or not."""
        return await self.api.ask(None, SIGN_IN, {"email": email, "password": password})

    async def update(self, who: str, **fields: Any) -> None:
        """Change a person as the administrator."""
        await self.api.act(self.company.tokens["admin"], change("user"), id=self.company.ids[who], input=fields)

    def of(self, event: SecurityEvent) -> list[dict[str, Any]]:
        """Return the facts of an event's lines, without those of every line."""
        lines = [line for line in self.lines if line["event"] == event]
        return [{name: value for name, value in line.items() if name not in COMMON} for line in lines]


@pytest.fixture
async def trail(company: Company, api: Api) -> AsyncIterator[Trail]:
    """Provide a company whose log is captured; two people have a password."""
    await give_passwords(company, "requester", "developer")
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        yield Trail(company, api, lines)


async def succeed(trail: Trail) -> list[dict[str, Any]]:
    await trail.sign_in("requester@example.com")
    return [{"person": trail.key("requester"), "method": "password"}]


async def fail(trail: Trail) -> list[dict[str, Any]]:
    await trail.sign_in("requester@example.com", WRONG)
    await trail.sign_in("inconnu@example.com", WRONG)
    return [{"person": trail.key("requester")}, {}]


async def throttle(trail: Trail) -> list[dict[str, Any]]:
    free = login_throttling.LOGIN_THROTTLES[login_throttling.CounterKind.PAIR].free
    counters = login_throttling.sign_in_counters("requester@example.com", "127.0.0.1")
    with clock.at(clock.now()):  # the first delay is a second
        for _ in range(free):
            async with trail.company.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_attempt(session, counters)
        assert (await trail.sign_in("requester@example.com")).codes == ["THROTTLED"]
    [line] = trail.of(SecurityEvent.SIGN_IN_THROTTLED)
    return [{"person": trail.key("requester"), "retry_after": line["retry_after"]}]


async def sign_out(trail: Trail) -> list[dict[str, Any]]:
    await trail.api.act(trail.company.tokens["requester"], SIGN_OUT)
    return [{}]


async def refuse_tokens(trail: Trail) -> list[dict[str, Any]]:
    secret, _ = await make_token(trail.api, trail.company.tokens["requester"], "READ_REPORTS")
    other, revoked = await make_token(trail.api, trail.company.tokens["requester"], "READ_TICKETS")
    await trail.api.act(trail.company.tokens["requester"], REVOKE, id=revoked)
    assert (await trail.api.ask(secret, "{ openTickets { totalCount } }")).codes == ["FORBIDDEN"]
    async with as_superuser(trail.company.database).transaction() as session:
        for table in ("session_token", "api_token"):
            past = "created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'"
            statement = f"UPDATE {table} SET {past} WHERE person_id = :id"
            await session.execute(text(statement), {"id": trail.key("requester")})
    tokens = ("osit_s_unknown", trail.company.tokens["requester"], other, secret, "osit_t_mistyped", "word", " ")
    for token in tokens:
        assert (await trail.api.ask(token, "{ viewer { id } }")).codes == ["UNAUTHENTICATED"]
    person = {"person": trail.key("requester")}
    return [
        {"method": "api_token", "reason": "scope"},
        {"method": "session", "reason": "unknown"},
        {"method": "session", "reason": "expired", **person},
        {"method": "api_token", "reason": "unknown"},
        {"method": "api_token", "reason": "expired", **person},
        *({"reason": "malformed"} for _ in range(3)),
    ]


async def throttle_requests(trail: Trail) -> list[dict[str, Any]]:
    settings = Settings(_env_file=None).model_copy(update={"budget_points": 1, "budget_rate": 1})
    async with Api(settings, trail.company.database) as api:
        answer = await api.ask(trail.company.tokens["requester"], "{ openTickets { totalCount } }")
    assert answer.codes == ["THROTTLED"]
    return [{"retry_after": answer.errors[0]["extensions"]["retryAfter"]}]


async def change_password(trail: Trail) -> list[dict[str, Any]]:
    variables = {"current": PASSWORD, "new": "another horse"}
    await trail.api.act(trail.company.tokens["requester"], CHANGE_PASSWORD, **variables)
    return [{"person": trail.key("requester")}]


async def mistake_password(trail: Trail) -> list[dict[str, Any]]:
    variables = {"current": WRONG, "new": "another horse"}
    await trail.api.refusal(trail.company.tokens["requester"], CHANGE_PASSWORD, **variables)
    [request] = [line for line in trail.lines if line["event"] == "request"]
    assert request["user_errors"] == ["INVALID_CREDENTIALS"]
    return [{"person": trail.key("requester")}]


async def throttle_password_changes(trail: Trail) -> list[dict[str, Any]]:
    token, variables = trail.company.tokens["requester"], {"current": WRONG, "new": "another horse"}
    free = login_throttling.LOGIN_THROTTLES[login_throttling.CounterKind.SESSION].free
    counters = login_throttling.password_change_counters(opaque_tokens.digest(token), "127.0.0.1")
    with clock.at(clock.now()):
        for _ in range(free):
            async with trail.company.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_attempt(session, counters)
        answer = await trail.api.ask(token, CHANGE_PASSWORD, variables)
    return [{"person": trail.key("requester"), "retry_after": answer.errors[0]["extensions"]["retryAfter"]}]


async def reset_passwords(trail: Trail) -> list[dict[str, Any]]:
    await trail.update("requester", password="another horse")
    await call(trail.company, admin.reset_password, trail.key("developer"), "another horse")
    return [{"person": trail.key("requester")}, {"person": trail.key("developer")}]


async def create_person(trail: Trail) -> list[dict[str, Any]]:
    fields = {"name": "Inconnu", "email": "inconnu@example.com", "siteId": trail.company.ids["Paris"]}
    await trail.api.act(trail.company.tokens["admin"], create("user"), input={**fields, "roles": ["MANAGER"]})
    refused = {**fields, "roles": ["MANAGER"]}  # the address is taken
    await trail.api.refusal(trail.company.tokens["admin"], create("user"), input=refused)
    return [{"person": max(trail.company.keys[name] for name in trail.company.tokens) + 1, "roles": ["MANAGER"]}]


async def deactivate(trail: Trail) -> list[dict[str, Any]]:
    await trail.update("requester", active=False)
    await trail.update("requester", active=False)
    return [{"person": trail.key("requester")}]


async def reactivate(trail: Trail) -> list[dict[str, Any]]:
    await trail.update("requester", active=False)
    await trail.update("requester", active=True)
    return [{"person": trail.key("requester")}]


async def change_roles(trail: Trail) -> list[dict[str, Any]]:
    await trail.update("requester", roles=["REQUESTER", "MANAGER"])
    await trail.update("requester", name="Inconnu")
    roles = {"old_roles": ["REQUESTER"], "roles": ["REQUESTER", "MANAGER"]}
    return [{"person": trail.key("requester"), **roles}]


async def create_token(trail: Trail) -> list[dict[str, Any]]:
    await make_token(trail.api, trail.company.tokens["requester"], "READ_TICKETS")
    return [{"person": trail.key("requester"), "token": 1, "scopes": ["READ_TICKETS"]}]


async def revoke_tokens(trail: Trail) -> list[dict[str, Any]]:
    _, first = await make_token(trail.api, trail.company.tokens["requester"], "READ_TICKETS")
    await make_token(trail.api, trail.company.tokens["requester"], "READ_TICKETS")
    await trail.api.act(trail.company.tokens["admin"], REVOKE, id=first)
    assert await call(trail.company, api_tokens.revoke_unchecked, 2)
    assert not await call(trail.company, api_tokens.revoke_unchecked, 2)
    return [{"person": trail.key("requester"), "token": 1}, {"token": 2}]


async def link_identity(trail: Trail) -> list[dict[str, Any]]:
    for who in ("requester", "requester", "developer"):  # the second changes nothing, the third is refused
        await call(trail.company, oidc.link, trail.key(who), "https://id.example", "sub-1")
    return [{"person": trail.key("requester"), "issuer": "https://id.example", "subject": "sub-1"}]


async def unlink_identity(trail: Trail) -> list[dict[str, Any]]:
    await link_identity(trail)
    for _ in range(2):
        await call(trail.company, oidc.unlink, trail.key("requester"), "https://id.example")
    return [{"person": trail.key("requester"), "issuer": "https://id.example", "links": 1}]


SCENARIOS: dict[SecurityEvent, Callable[[Trail], Awaitable[list[dict[str, Any]]]]] = {
    SecurityEvent.SIGN_IN_SUCCEEDED: succeed,
    SecurityEvent.SIGN_IN_FAILED: fail,
    SecurityEvent.SIGN_IN_THROTTLED: throttle,
    SecurityEvent.SIGNED_OUT: sign_out,
    SecurityEvent.TOKEN_REFUSED: refuse_tokens,
    SecurityEvent.REQUEST_THROTTLED: throttle_requests,
    SecurityEvent.PASSWORD_CHANGED: change_password,
    SecurityEvent.PASSWORD_CHANGE_FAILED: mistake_password,
    SecurityEvent.PASSWORD_CHANGE_THROTTLED: throttle_password_changes,
    SecurityEvent.PASSWORD_RESET: reset_passwords,
    SecurityEvent.PERSON_CREATED: create_person,
    SecurityEvent.PERSON_DEACTIVATED: deactivate,
    SecurityEvent.PERSON_REACTIVATED: reactivate,
    SecurityEvent.ROLES_CHANGED: change_roles,
    SecurityEvent.API_TOKEN_CREATED: create_token,
    SecurityEvent.API_TOKEN_REVOKED: revoke_tokens,
    SecurityEvent.IDENTITY_LINKED: link_identity,
    SecurityEvent.IDENTITY_UNLINKED: unlink_identity,
}
ELSEWHERE = {SecurityEvent.IDENTITY_NOT_LINKED}  # tests/oidc/test_identities.py


@pytest.mark.parametrize("event", SCENARIOS)
async def test_an_event_has_one_line_without_secrets(trail: Trail, event: SecurityEvent) -> None:
    expected = await SCENARIOS[event](trail)
    assert trail.of(event) == expected
    _, fields = MEANINGS[event]
    for line in trail.lines:
        assert not [secret for secret in SECRETS if secret in json.dumps(line, default=str)], line
    assert {name for facts in expected for name in facts} <= set(fields)


async def test_the_line_has_the_client_and_the_actor(trail: Trail) -> None:
    await trail.update("requester", roles=["MANAGER"])
    [line] = [line for line in trail.lines if line["event"] == SecurityEvent.ROLES_CHANGED]
    assert (line["client"], line["principal"]) == ("127.0.0.1", trail.key("admin"))
    assert line["request_id"]


async def test_the_client_is_the_one_that_a_trusted_proxy_names(trail: Trail) -> None:
    headers = {"Authorization": "Bearer osit_s_unknown", "X-Forwarded-For": "192.0.2.7"}
    for networks in ((ip_network("127.0.0.1"),), ()):
        settings = Settings(_env_file=None).model_copy(update={"trusted_proxies": networks})
        async with Api(settings, trail.company.database) as api:
            await api.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    lines = [line["client"] for line in trail.lines if line["event"] == SecurityEvent.TOKEN_REFUSED]
    assert lines == ["192.0.2.7", "127.0.0.1"]


async def test_a_change_that_is_rolled_back_is_not_logged(trail: Trail) -> None:
    async def fail_after(session: Any) -> None:
        await admin.reset_password(session, trail.key("requester"), "another horse")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await call(trail.company, fail_after)
    assert trail.lines == []


def test_every_event_is_documented_tested_and_logged() -> None:
    assert set(SCENARIOS) | ELSEWHERE == set(MEANINGS) == set(SecurityEvent)
    sources = "".join(module.text for module in package() if not module.name.endswith("security_events.py"))
    assert [event for event in SecurityEvent if f"SecurityEvent.{event.name}" not in sources] == []


def test_services_of_authentication_log_security_events_only() -> None:
    keys = "osit_graphql/services/auth/oidc/jwks.py"  # its lines are about the issuer's server
    places = [
        module
        for module in package()
        if module.name.startswith(("osit_graphql/services/auth/", "osit_graphql/services/directory/"))
    ]
    assert {module.name for module in places if "structlog" in module.text} == {keys}
    assert len(places) > 10
