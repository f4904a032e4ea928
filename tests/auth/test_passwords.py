"""Passwords: any character, normalized; rehashed with new parameters; a bounded hashing queue."""

import asyncio
import json
import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from osit_graphql.db.models import Person
from osit_graphql.domain.errors import Refused, Throttled
from osit_graphql.services.auth import password_hashing
from osit_graphql.services.auth.sessions import change_password, sign_in
from tests.auth.people import HOME, PASSWORD, SIGN_IN, give_passwords, try_sign_in
from tests.client import Api
from tests.company import Company
from tests.superuser import as_superuser

HALF = "\ud83d" * 9  # lone surrogates, which JSON can contain
COMPOSED, DECOMPOSED = "caf\u00e9 au lait", "cafe\u0301 au lait"


@pytest.fixture
async def signed(company: Company) -> Company:
    """Return the company, whose manager has a password."""
    await give_passwords(company, "manager")
    return company


async def stored(company: Company) -> str | None:
    async with as_superuser(company.database).reading() as session:
        statement = select(Person.password_hash).where(Person.id == company.keys["manager"])
        hashed: str | None = await session.scalar(statement)
        return hashed


async def change(company: Company, current: str, new: str) -> set[tuple[str, str]]:
    """Change the manager's password; return the user errors as (path, code)."""
    viewer, token = company.viewers["manager"], company.tokens["manager"]
    try:
        await change_password(company.database, viewer, token, current=current, new=new, address=HOME)
    except Refused as refused:
        return {(".".join(error.field), str(error.code)) for error in refused.user_errors}
    return set()


@pytest.mark.parametrize(
    "characters", [HALF, "\0" * 9, "", " " * 9, "\U0001f600" * 9, "x" * 5000, "\ufffe" * 9, "\u202e" * 9]
)
async def test_a_password_of_any_characters_is_refused_without_an_error(signed: Company, characters: str) -> None:
    assert await try_sign_in(signed, "manager", characters) == "refused"
    assert ("input.currentPassword", "INVALID_CREDENTIALS") in await change(signed, characters, "long enough")


@pytest.mark.parametrize(("new", "code"), [(HALF, "INVALID"), ("x" * 201, "INVALID"), ("", "INVALID")])
async def test_an_invalid_new_password_is_refused(signed: Company, new: str, code: str) -> None:
    assert await change(signed, PASSWORD, new) == {("input.newPassword", code)}
    assert await try_sign_in(signed, "manager", PASSWORD) == "in"


@pytest.mark.parametrize("new", ["\0" * 9, " " * 9, "\U0001f600" * 9, "x" * 200, "\ufffe" * 9])
async def test_a_password_may_contain_any_character(signed: Company, new: str) -> None:
    assert await change(signed, PASSWORD, new) == set()
    assert await try_sign_in(signed, "manager", new) == "in"
    assert await try_sign_in(signed, "manager", new[:-1]) == "refused"


@pytest.mark.parametrize(
    "email", ["\ud83d@example.com", "\0manager@example.com\0", "", "x" * 5000, "\u202emanager@example.com"]
)
async def test_an_email_of_any_characters_is_refused_without_an_error(signed: Company, email: str) -> None:
    with pytest.raises(Refused, match="INVALID_CREDENTIALS"):
        await sign_in(signed.database, email, "wrong password", hours=1, address=HOME)


async def test_a_lone_surrogate_over_http_is_refused(signed: Company, api: Api) -> None:
    query = r'mutation { signIn(input: {email: "manager@example.com", password: "\ud83d"}) { token } }'
    response = await api.http.post("/graphql", json={"query": query})
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    body = json.dumps({"query": SIGN_IN, "variables": {"email": "manager@example.com", "password": "\ud83d"}})
    response = await api.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_composed_and_decomposed_accents_are_equal(signed: Company) -> None:
    assert await change(signed, PASSWORD, DECOMPOSED) == set()
    assert await try_sign_in(signed, "manager", COMPOSED) == "in"
    assert await try_sign_in(signed, "manager", DECOMPOSED) == "in"


async def test_a_weak_hash_is_replaced_at_the_sign_in(signed: Company) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with as_superuser(signed.database).transaction() as session:
        await session.execute(update(Person).where(Person.id == signed.keys["manager"]).values(password_hash=weak))
    assert await try_sign_in(signed, "manager") == "refused"
    assert await stored(signed) == weak
    assert await try_sign_in(signed, "manager", PASSWORD) == "in"
    renewed = await stored(signed)
    assert renewed is not None
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await try_sign_in(signed, "manager", PASSWORD) == "in"
    assert await stored(signed) == renewed


async def test_the_hashing_queue_refuses_when_it_is_full(signed: Company) -> None:
    attempts = [
        asyncio.create_task(try_sign_in(signed, f"somebody{number}", address=f"192.0.2.{number}"))
        for number in range(40)
    ]
    answers = await asyncio.gather(*attempts)
    assert answers.count("refused") == password_hashing.MAX_CONCURRENT_HASHES + password_hashing.MAX_QUEUED_HASHES
    assert answers.count(1) == 40 - password_hashing.MAX_CONCURRENT_HASHES - password_hashing.MAX_QUEUED_HASHES
    assert await try_sign_in(signed, "manager", PASSWORD) == "in"  # the queue empties


async def test_two_threads_hash_outside_the_event_loop() -> None:
    threads, running, maximum = set(), 0, 0
    lock = threading.Lock()

    def task() -> None:
        nonlocal running, maximum
        with lock:
            threads.add(threading.get_ident())
            running += 1
            maximum = max(maximum, running)
        password_hashing.HASHER.hash("anything")
        with lock:
            running -= 1

    await asyncio.gather(*(password_hashing._run(task) for _ in range(12)))
    assert maximum == password_hashing.MAX_CONCURRENT_HASHES
    assert threading.get_ident() not in threads


async def test_a_cancelled_hash_leaves_the_queue(signed: Company) -> None:
    for _ in range(3):
        tasks = [asyncio.create_task(password_hashing.hash_password("anything")) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await try_sign_in(signed, "manager", PASSWORD) == "in"
    async with password_hashing.queue_slot():
        pass


async def test_the_directory_uses_the_same_hashing_queue(signed: Company) -> None:
    slots = [
        password_hashing.queue_slot()
        for _ in range(password_hashing.MAX_CONCURRENT_HASHES + password_hashing.MAX_QUEUED_HASHES)
    ]
    for slot in slots:
        await slot.__aenter__()
    try:
        with pytest.raises(Throttled):
            await password_hashing.hash_password("anything")
    finally:
        for slot in slots:
            await slot.__aexit__(None, None, None)
