"""The endpoint passes every public audit of GraphQL over HTTP: MUST, SHOULD and MAY."""

from pathlib import Path

from tests.node.npm_project import NpmProject
from web.build import Node


def test_every_public_audit_passes(node: Node, graphql_address: str) -> None:
    project = NpmProject(node, Path(__file__).parent)
    project.install()
    done = project.run("node", "audits.mjs", graphql_address)
    assert (done.returncode, done.stdout) == (0, "61/61\n")


def test_an_audit_that_fails_is_named(node: Node, graphql_address: str) -> None:
    project = NpmProject(node, Path(__file__).parent)
    project.install()
    done = project.run("node", "audits.mjs", graphql_address.replace("/graphql", "/healthz"))
    assert done.returncode == 1
    assert "MUST accept application/json" in done.stdout
