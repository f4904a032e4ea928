"""Responses under /graphiql, without a browser."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from osit_graphql import demo
from osit_graphql.http.graphiql import DemoAccount, routes

ACCOUNT = DemoAccount(
    role="OPERATOR", label="Service desk operator", email="operator@demo.example", password="osit-demo"
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build of one page and one file."""
    (tmp_path / "web" / "assets").mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text('<meta nonce="OSIT_NONCE"><link nonce="OSIT_NONCE">')
    (tmp_path / "web" / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "web"


def client(built: Path, *accounts: DemoAccount) -> httpx.AsyncClient:
    app = Starlette(routes=routes(demo_accounts=accounts, build_dir=built))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://osit.test")


async def test_every_page_has_a_new_nonce_and_a_strict_policy(built: Path) -> None:
    async with client(built) as browser:
        pages = [await browser.get(path) for path in ("/graphiql", "/graphiql/")]
    nonces = set()
    for page in pages:
        policy = page.headers["content-security-policy"]
        nonces |= set(re.findall(r"'nonce-([\w-]+)'", policy)) | set(re.findall(r'nonce="([\w-]+)"', page.text))
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
    assert len(nonces) == 2


async def test_files_with_a_digest_in_their_name_are_cached_for_ever(built: Path) -> None:
    async with client(built) as browser:
        answer = await browser.get("/graphiql/assets/index-1a2b.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", ["../index.html", "..%2f..%2fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "none.js", ""])
async def test_only_built_files_are_served(built: Path, path: str) -> None:
    async with client(built) as browser:
        answer = await browser.get(httpx.URL(f"http://osit.test/graphiql/assets/{path}"))
    assert answer.status_code == 404


async def test_demo_accounts_are_offered_in_the_demo_only(built: Path) -> None:
    async with client(built) as real, client(built, ACCOUNT) as company:
        assert (await real.get("/graphiql/config.json")).json() == {"endpoint": "/graphql", "demo": None}
        answer = await company.get("/graphiql/config.json")
    assert answer.json()["demo"]["accounts"] == [
        {"role": "OPERATOR", "label": "Opératrice du standard", "email": ACCOUNT.email, "password": "osit-demo"}
    ]


@pytest.mark.parametrize("account", demo.ACCOUNTS, ids=lambda account: account.email)
async def test_line_28_demo_accounts_are_described_in_french_and_english(built: Path, account: DemoAccount) -> None:
    async with client(built, account) as browser:
        answers = [
            await browser.get("/graphiql/config.json", headers={"Accept-Language": language})
            for language in ("en-GB", "fr")
        ]
    english, french = (answer.json()["demo"]["accounts"][0]["label"] for answer in answers)
    assert english == account.label
    assert french != english


async def test_a_missing_build_names_the_command_to_run(tmp_path: Path) -> None:
    async with client(tmp_path / "nowhere") as browser:
        page = await browser.get("/graphiql")
        asset = await browser.get("/graphiql/assets/index.js")
    assert page.status_code == 503
    assert "make web" in page.text
    assert asset.status_code == 404
