"""The wheel: two builds are the same bytes, and `osit demo` works at once on a bare Python."""

import hashlib
import re
import sys
from pathlib import Path

import httpx

from tests.acceptance.commands import check
from tests.acceptance.conftest import Record
from tests.acceptance.installation import copy_tree
from tests.demo_server import demo_server

SIGN_IN = """mutation { signIn(input: {email: "operator@demo.example", password: "osit-demo"}) { token } }"""
TICKETS = "{ openTickets(first: 5) { totalCount nodes { number title requester { name } } } }"


def test_two_builds_from_empty_trees_are_the_same_bytes(release: Path, place: Path, record: Record) -> None:
    """Pages included: `make wheel`, and the build tool alone in another folder with another umask."""
    [first] = release.glob("*.whl")
    other = copy_tree(place / "another folder")
    check(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=other, umask=0o077)
    second = other / "dist" / first.name
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()
    record("the wheel, built twice from empty trees", f"the same {first.stat().st_size / 1e6:.1f} MB")


def test_the_demo_company_is_served_from_the_wheel(osit: Path, record: Record) -> None:
    """The PATH has neither Node.js nor a compiler: only the installation, and system tools that add a user."""
    path = f"{osit.parent}:/usr/sbin:/sbin"
    with demo_server(osit, PATH=path) as address, httpx.Client(base_url=address, trust_env=False) as client:
        page = client.get("/graphiql")
        assert page.status_code == 200
        [script] = re.findall(r'<script [^>]*src="([^"]+)"', page.text)
        assert len(client.get(script).raise_for_status().content) > 100_000
        answer = client.post("/graphql", json={"query": SIGN_IN}).json()
        token = answer["data"]["signIn"]["token"]
        answer = client.post("/graphql", json={"query": TICKETS}, headers={"Authorization": f"Bearer {token}"}).json()
        assert len(answer["data"]["openTickets"]["nodes"]) == 5
    record("`osit demo` from the wheel on a bare Python, without Node.js or a compiler", "GraphiQL and a query answer")
