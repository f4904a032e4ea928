"""Node.js, and the address of the demo company for it."""

import os

import pytest

from web.build import BuildError, Node, find_own_node, install_node


@pytest.fixture(scope="session")
def node() -> Node:
    """The Node.js of the machine or of PyPI; without either the tests are skipped, except in CI."""
    try:
        return find_own_node() or install_node()
    except (BuildError, OSError) as failure:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Node.js: {failure}")


@pytest.fixture(scope="session")
def graphql_address(demo_address: str) -> str:
    """The address of the demo company's /graphql, for programs that run in Node.js."""
    return f"{demo_address}/graphql"
