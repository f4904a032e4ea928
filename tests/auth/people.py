"""People with passwords, and their sign-in attempts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from osit_graphql.db.models import Person
from osit_graphql.domain import clock
from osit_graphql.domain.errors import Refused, Throttled
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import login_throttling, password_hashing
from osit_graphql.services.auth.sessions import sign_in
from tests.client import Api
from tests.company import Company
from tests.superuser import as_superuser

PASSWORD = "correct horse"
WRONG = "battery staple"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
MORNING = datetime(2026, 11, 2, 8, tzinfo=UTC)

SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token viewer { id } userErrors { code field } }
}"""
CREATE = """mutation ($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) {
  token apiToken { id name scopes createdAt expiresAt lastUsedAt } userErrors { code field message } } }"""
REVOKE = "mutation ($id: ID!) { apiTokenRevoke(id: $id) { apiToken { id name } userErrors { code field } } }"


async def give_passwords(company: Company, *names: str) -> None:
    """Set a password for these people."""
    hashed = await password_hashing.hash_password(PASSWORD)
    async with as_superuser(company.database).transaction() as session:
        keys = [company.keys[name] for name in names]
        await session.execute(update(Person).where(Person.id.in_(keys)).values(password_hash=hashed))


async def try_sign_in(
    company: Company, who: str, password: str = WRONG, *, address: str | None = HOME, after: timedelta = timedelta()
) -> str | int:
    """Try to sign in at a time after `MORNING`; return « in », « refused » or the delay in seconds."""
    with clock.at(MORNING + after):
        try:
            await sign_in(company.database, f"{who}@example.com", password, hours=1, address=address)
        except Refused:
            return "refused"
        except Throttled as throttled:
            return throttled.after
        return "in"


async def guess(
    company: Company, who: str, *, address: str | None = HOME, after: timedelta = timedelta(), right: bool = False
) -> str | int:
    """Attempt a sign-in like `try_sign_in`, but only count it, without hashing."""
    counts = login_throttling.sign_in_counters(f"{who}@example.com", address)
    with clock.at(MORNING + after):
        try:
            async with company.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_attempt(session, counts)
        except Throttled as throttled:
            return throttled.after
        if right:
            async with company.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_success(session, counts)
        return "in" if right else "refused"


async def make_token(api: Api, session: str, *scopes: str, **more: Any) -> tuple[str, str]:
    """Create a token; return its secret and its ID."""
    payload = await api.act(session, CREATE, input={"name": "a program", "scopes": list(scopes), **more})
    return payload["token"], payload["apiToken"]["id"]
