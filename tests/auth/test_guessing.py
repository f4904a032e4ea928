"""Login throttling: it delays guesses, and does not lock the owner out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import TextClause, func, select, text, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person, SessionToken, SignInMark
from osit_graphql.domain import clock
from osit_graphql.domain.client_network import client_network
from osit_graphql.domain.errors import Refused, Throttled
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import login_throttling
from osit_graphql.services.auth.opaque_tokens import digest
from osit_graphql.services.auth.sessions import change_password, sign_in
from tests.auth.people import ELSEWHERE, HOME, MORNING, PASSWORD, SIGN_IN, WRONG, give_passwords, guess, try_sign_in
from tests.client import Api
from tests.company import Company
from tests.superuser import as_superuser


@pytest.fixture
async def guarded(company: Company) -> Company:
    """Return the company, in which two people have passwords."""
    await give_passwords(company, "operator", "manager")
    return company


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


async def test_ten_failures_delay_the_right_password_too(guarded: Company) -> None:
    assert [await try_sign_in(guarded, "operator") for _ in range(10)] == ["refused"] * 10
    assert await try_sign_in(guarded, "operator") == 1
    assert await try_sign_in(guarded, "operator", PASSWORD) == 1
    assert await try_sign_in(guarded, "operator", PASSWORD, after=seconds(1)) == "in"
    assert await try_sign_in(guarded, "operator", after=seconds(2)) == "refused"  # the count starts again


async def test_the_delay_doubles_up_to_a_quarter_of_an_hour(guarded: Company) -> None:
    for _ in range(10):
        await guess(guarded, "operator")
    moment, waits = 0.0, []
    for _ in range(13):
        wait = await guess(guarded, "operator", after=seconds(moment))
        assert isinstance(wait, int)
        waits.append(wait)
        moment += wait
        assert await guess(guarded, "operator", after=seconds(moment)) == "refused"
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert await guess(guarded, "operator", right=True, after=seconds(moment + 899)) == 1
    assert await guess(guarded, "operator", right=True, after=seconds(moment + 900)) == "in"


async def test_the_failure_count_decreases_with_time(guarded: Company) -> None:
    for _ in range(9):
        await guess(guarded, "operator")
    assert [await guess(guarded, "operator", after=seconds(70)) for _ in range(4)] == ["refused"] * 3 + [2]
    quiet = seconds(70 + 600 + 3)
    assert [await guess(guarded, "operator", after=quiet) for _ in range(11)] == ["refused"] * 10 + [1]


@pytest.mark.parametrize("address", [ELSEWHERE, "2001:db8:1:2::3", None])
async def test_guesses_from_elsewhere_do_not_delay_the_owner(guarded: Company, address: str | None) -> None:
    assert await guess(guarded, "operator", right=True) == "in"
    for moment in range(0, 600, 10):
        await guess(guarded, "operator", address=address, after=seconds(moment))
    assert await guess(guarded, "operator", address=address, after=seconds(600)) != "refused"
    assert await guess(guarded, "operator", right=True, after=seconds(600)) == "in"


async def test_guesses_from_100_addresses_do_not_delay_known_networks(guarded: Company) -> None:
    assert await guess(guarded, "operator", right=True) == "in"
    answers = [await guess(guarded, "operator", address=f"203.0.113.{number}") for number in range(100)]
    assert (answers[:30], answers[30:]) == (["refused"] * 30, [1] * 70)  # one counter for all networks
    assert await guess(guarded, "operator", right=True) == "in"
    assert await guess(guarded, "manager", right=True, address=ELSEWHERE) == "in"


async def test_one_address_may_fail_for_100_accounts(guarded: Company) -> None:
    answers = [await guess(guarded, f"nobody{number}", address=ELSEWHERE) for number in range(104)]
    assert answers == ["refused"] * 100 + [1] * 4
    assert await guess(guarded, "manager", right=True, address=ELSEWHERE) == 1  # never signed in from there
    assert await guess(guarded, "manager", right=True, address=HOME) == "in"


async def test_guesses_do_not_delay_colleagues_of_the_same_network(guarded: Company) -> None:
    assert await guess(guarded, "manager", right=True) == "in"
    for number in range(104):
        await guess(guarded, f"nobody{number}")
    assert await guess(guarded, "manager", right=True) == "in"
    guesses = [await guess(guarded, "manager") for _ in range(5)]
    assert guesses == ["refused"] * 3 + [8, 8]  # a known network is throttled too


async def test_an_unknown_account_is_delayed_like_a_known_one(guarded: Company, api: Api) -> None:
    answers = []
    for email in ("manager@example.com", "nobody@example.com"):
        with clock.at(MORNING):
            responses = [await api.ask(None, SIGN_IN, {"email": email, "password": WRONG}) for _ in range(12)]
        answers.append([(answer.status, answer.text) for answer in responses])
    assert answers[0] == answers[1]
    status, text = answers[0][-1]
    assert (status, '"code":"THROTTLED","retryAfter":1' in text) == (200, True)


async def test_every_alias_counts_as_an_attempt(guarded: Company, api: Api) -> None:
    one = 'signIn(input: {email: "manager@example.com", password: "battery staple"}) { userErrors { code } }'
    document = f"mutation {{ {' '.join(f'a{number}: {one}' for number in range(4))} }}"
    with clock.at(MORNING):
        codes = [(await api.ask(None, document)).codes for _ in range(3)]
    assert codes == [[], [], ["THROTTLED"]]  # the third request exceeds ten attempts
    assert await try_sign_in(guarded, "manager", PASSWORD, address="127.0.0.1") == 1


async def test_a_throttled_response_has_a_retry_after_header(guarded: Company, api: Api) -> None:
    with clock.at(MORNING):
        for _ in range(11):
            response = await api.http.post(
                "/graphql", json={"query": SIGN_IN, "variables": {"email": "manager@example.com", "password": WRONG}}
            )
    assert (response.headers["Retry-After"], response.json()["errors"][0]["extensions"]["code"]) == ("1", "THROTTLED")


async def test_counters_contain_no_email_address(guarded: Company) -> None:
    await guess(guarded, "operator")
    async with as_superuser(guarded.database).reading() as session:
        marks = list(await session.execute(select(SignInMark.key, SignInMark.failures)))
    assert [mark.failures for mark in marks] == [1, 1, 1]
    assert all(len(mark.key) == 32 and b"operator" not in mark.key for mark in marks)


async def test_expired_counters_are_deleted(guarded: Company) -> None:
    await guess(guarded, "operator")
    await guess(guarded, "manager", right=True, address=ELSEWHERE, after=timedelta(days=1))
    async with as_superuser(guarded.database).reading() as session:
        assert await session.scalar(select(func.count()).select_from(SignInMark)) == 3
    later = timedelta(days=92)
    await guess(guarded, "operator", address="203.0.113.9", after=later)
    async with as_superuser(guarded.database).reading() as session:
        assert await session.scalar(select(func.count()).select_from(SignInMark)) == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        (None, "", True),
        ("/run/osit.sock", None, False),
    ],
)
def test_addresses_of_one_network_share_a_counter(one: str | None, other: str | None, same: bool) -> None:
    assert (client_network(one) == client_network(other)) is same


async def test_concurrent_attempts_are_all_counted(guarded: Company) -> None:
    counts = login_throttling.sign_in_counters("operator@example.com", HOME)
    with clock.at(MORNING):
        for _ in range(10):
            async with guarded.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_attempt(session, counts)  # counted before the password is checked
        with pytest.raises(Throttled):
            async with guarded.database.transaction(System.SIGN_IN) as session:
                await login_throttling.record_attempt(session, counts)


async def test_password_changes_with_a_stolen_session_are_throttled(guarded: Company) -> None:
    token = guarded.tokens["manager"]

    async def change(current: str, token: str = token) -> str:
        try:
            await change_password(
                guarded.database, guarded.viewers["manager"], token, current=current, new="a newer one", address=HOME
            )
        except Refused:
            return "refused"
        except Throttled:
            return "throttled"
        return "changed"

    with clock.at(MORNING):
        assert [await change(WRONG) for _ in range(12)] == ["refused"] * 10 + ["throttled"] * 2
        assert await change(PASSWORD) == "throttled"
        opened = await sign_in(guarded.database, "manager@example.com", PASSWORD, hours=1, address=HOME)
        assert await change(PASSWORD, opened.token) == "changed"  # the owner's new session
    async with as_superuser(guarded.database).reading() as session:
        alive = list(
            await session.scalars(select(SessionToken.digest).where(SessionToken.person_id == guarded.keys["manager"]))
        )
    assert alive == [digest(opened.token)]


async def wait_until(session: Session, condition: TextClause) -> None:
    """Poll PostgreSQL until the condition is true."""
    if not await session.scalar(condition):
        await asyncio.sleep(0.01)
        await wait_until(session, condition)


async def test_a_concurrent_password_change_refuses_the_sign_in(guarded: Company) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
    async with as_superuser(guarded.database).transaction() as changing:
        changed = update(Person).where(Person.id == guarded.keys["manager"]).values(password_hash="another")
        await changing.execute(changed)
        # Its password is checked against the old hash, which matches.
        attempt = asyncio.create_task(try_sign_in(guarded, "manager", PASSWORD))
        await wait_until(changing, waiting)
    assert await attempt == "refused"
