"""Tokens of a real OpenID provider: the API identifies a person by issuer and subject alone."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import NotLinked
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import oidc
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.node.code_flow import REDIRECT, Tokens, sign_in
from tests.node.npm_project import NpmProject
from tests.oidc.viewer_queries import read_refusal, read_viewer
from tests.waiting import HANG_TIMEOUT_S, find_free_port
from web.build import Node

AUDIENCE = "https://osit.example/api"
OPERATOR = ("operator@example.com", ["OPERATOR"])
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig", "alg": "ES256"})


@pytest.fixture(scope="module")
def project(node: Node) -> NpmProject:
    project = NpmProject(node, Path(__file__).parent / "provider")
    project.install()
    return project


@contextmanager
def provider(project: NpmProject, port: int, keys: Sequence[Any], algorithm: str) -> Iterator[str]:
    """Run the provider with these keys; the first one signs with this algorithm. Yield its issuer URL."""
    configuration = {
        "port": port,
        "algorithm": algorithm,
        "audience": AUDIENCE,
        "redirect": REDIRECT,
        "groups": ["desk"],
    }
    configuration |= {"keys": [key.as_dict(private=True) for key in keys]}
    command = [str(project.node.folder / "node"), "provider.mjs", json.dumps(configuration)]
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(HANG_TIMEOUT_S)


async def enter(issuer: str, login: str = "ada-5d1f") -> Tokens:
    return await sign_in(issuer, login, AUDIENCE)


async def test_access_tokens_are_accepted_also_after_a_key_rotation(
    company: Company, database: Database, project: NpmProject
) -> None:
    port = find_free_port()
    settings = Settings(_env_file=None, oidc_issuer=f"http://127.0.0.1:{port}", oidc_audience=AUDIENCE)
    async with Api(settings, database) as api:
        with provider(project, port, [RSA], "RS256") as issuer:
            first = await enter(issuer)
            assert (await read_refusal(api, first.access))[
                2
            ] == NotLinked.sentence  # though it asserts admin@example.com
            async with database.transaction(System.DIRECTORY) as session:
                await oidc.link(session, company.keys["operator"], issuer, "ada-5d1f")
            assert await read_viewer(api, first.access) == OPERATOR
            assert (await read_refusal(api, first.identity))[1] == "UNAUTHENTICATED"
            assert (await read_refusal(api, (await enter(issuer, "eve")).access))[2] == NotLinked.sentence
        with provider(project, port, [CURVE, RSA], "ES256") as issuer:  # the same provider with a new signing key
            second = await enter(issuer)
            assert await read_viewer(api, second.access) == OPERATOR
            assert await read_viewer(api, first.access) == OPERATOR
        assert await read_viewer(api, second.access) == OPERATOR  # also while the provider is down


async def test_groups_become_roles_where_they_are_mapped(
    company: Company, database: Database, project: NpmProject
) -> None:
    port = find_free_port()
    with provider(project, port, [RSA], "RS256") as issuer:
        async with database.transaction(System.DIRECTORY) as session:
            await oidc.link(session, company.keys["requester"], issuer, "ada-5d1f")
        tokens = await enter(issuer)
        mapped = Settings(
            _env_file=None, oidc_issuer=issuer, oidc_audience=AUDIENCE, oidc_roles={"desk": Role.OPERATOR}
        )
        async with Api(mapped, database) as api:
            assert await read_viewer(api, tokens.access) == ("requester@example.com", ["OPERATOR"])
        # An operator may set the audience to the client ID, which is the audience of ID tokens.
        trusted = oidc.load_issuer(mapped.model_copy(update={"oidc_audience": "desk"}))
        assert trusted is not None
        with pytest.raises(Rejected, match="not an access token"):
            await trusted.verify(tokens.identity)
        with pytest.raises(Rejected, match="invalid_claim aud"):
            await trusted.verify(tokens.access)
