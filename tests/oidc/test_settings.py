"""The issuer's settings are validated at start, with one line for each error."""

import pytest
from pydantic import ValidationError

from osit_graphql.domain.enums import Role
from osit_graphql.services.auth.oidc import load_issuer
from osit_graphql.settings import SIGNATURES, Settings

ISSUER = "https://id.example/realms/company"


def read(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Read the settings out of an environment."""
    for name, value in ({"issuer": ISSUER, "audience": "osit"} | values).items():
        monkeypatch.setenv(name if name.isupper() else f"OSIT_OIDC_{name.upper()}", value)
    return Settings(_env_file=None)


def test_all_of_it_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "algorithms": " ES256, PS512 ",
        "clients": "desk , portal,",
        "roles": '{"desk": "OPERATOR", "it": "ADMIN"}',
    }
    issuer = load_issuer(read(monkeypatch, **values, groups_claim="teams", max_age="600"))
    assert issuer is not None
    terms = issuer.policy
    assert (terms.issuer, terms.audience, terms.groups_claim, terms.max_age) == (ISSUER, "osit", "teams", 600)
    assert (terms.algorithms, terms.clients) == (("ES256", "PS512"), frozenset({"desk", "portal"}))
    assert terms.roles == {"desk": Role.OPERATOR, "it": Role.ADMIN}


def test_without_an_issuer_nothing_else_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_issuer(Settings(_env_file=None)) is None
    assert load_issuer(read(monkeypatch, issuer="", audience="")) is None


def test_unset_means_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = load_issuer(read(monkeypatch, roles="", clients=""))
    assert issuer is not None
    assert (issuer.policy.algorithms, issuer.policy.clients, issuer.policy.roles) == (
        ("RS256", "ES256"),
        frozenset(),
        None,
    )


def test_no_algorithm_that_is_offered_is_symmetric_or_none() -> None:
    assert [name for name in SIGNATURES if name[:2] not in {"RS", "PS", "ES"}] == []


WRONG = {
    "no TLS": {"issuer": "http://id.example"},
    "this machine, in production": {"issuer": "http://127.0.0.1:9000", "OSIT_ENVIRONMENT": "production"},
    "no address": {"issuer": "id.example"},
    "an impossible address": {"issuer": "https://[::1"},
    "a query": {"issuer": f"{ISSUER}?x=1"},
    "somebody's password": {"issuer": "https://me:secret@id.example"},
    "no audience": {"audience": ""},
    "no algorithm": {"algorithms": " , "},
    "none": {"algorithms": "RS256,none"},
    "a symmetric one": {"algorithms": "HS256"},
    "one that is not known": {"algorithms": "RS256;ES256"},
    "roles that are no JSON": {"roles": "desk=OPERATOR"},
    "roles that are none": {"roles": '{"desk": "BOSS"}'},
    "no roles at all": {"roles": "{}"},
    "an age of no time": {"max_age": "59"},
    "no name of a claim": {"groups_claim": ""},
}


@pytest.mark.parametrize("values", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_of_its_setting(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        read(monkeypatch, **values)
    assert [error["loc"] for error in refused.value.errors()] == [(f"oidc_{next(iter(values))}",)]


def test_this_machine_will_do_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert read(monkeypatch, issuer=f"http://{host}:9000").oidc_issuer == f"http://{host}:9000"
