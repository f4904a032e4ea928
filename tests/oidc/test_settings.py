"""The issuer's settings are validated at start, with one line for each error."""

import pytest
from pydantic import ValidationError

from osit_graphql.domain.enums import Role
from osit_graphql.services.auth.oidc import load_issuer
from osit_graphql.settings import SIGNATURES, Settings

ISSUER = "https://id.example/realms/company"


def read(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Read the settings from an environment with these values."""
    for name, value in ({"issuer": ISSUER, "audience": "osit"} | values).items():
        monkeypatch.setenv(name if name.isupper() else f"OSIT_OIDC_{name.upper()}", value)
    return Settings(_env_file=None)


def test_every_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "algorithms": " ES256, PS512 ",
        "clients": "desk , portal,",
        "roles": '{"desk": "OPERATOR", "it": "ADMIN"}',
    }
    issuer = load_issuer(read(monkeypatch, **values, groups_claim="teams", max_age="600"))
    assert issuer is not None
    settings = issuer.settings
    assert (issuer.url, settings.oidc_audience, settings.oidc_groups_claim) == (ISSUER, "osit", "teams")
    assert settings.oidc_max_age == 600
    assert (settings.oidc_algorithms, settings.oidc_clients) == (("ES256", "PS512"), ("desk", "portal"))
    assert settings.oidc_roles == {"desk": Role.OPERATOR, "it": Role.ADMIN}


def test_without_an_issuer_no_other_setting_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_issuer(Settings(_env_file=None)) is None
    assert load_issuer(read(monkeypatch, issuer="", audience="")) is None


def test_unset_settings_have_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = load_issuer(read(monkeypatch, roles="", clients=""))
    assert issuer is not None
    settings = issuer.settings
    assert (settings.oidc_algorithms, settings.oidc_clients, settings.oidc_roles) == (("RS256", "ES256"), (), None)


def test_every_supported_algorithm_is_asymmetric() -> None:
    assert [name for name in SIGNATURES if name[:2] not in {"RS", "PS", "ES"}] == []


WRONG = {
    "no TLS": {"issuer": "http://id.example"},
    "a local issuer in production": {"issuer": "http://127.0.0.1:9000", "OSIT_ENVIRONMENT": "production"},
    "no URL": {"issuer": "id.example"},
    "an invalid URL": {"issuer": "https://[::1"},
    "a query": {"issuer": f"{ISSUER}?x=1"},
    "a password in the URL": {"issuer": "https://me:secret@id.example"},
    "no audience": {"audience": ""},
    "no algorithm": {"algorithms": " , "},
    "the algorithm none": {"algorithms": "RS256,none"},
    "a symmetric algorithm": {"algorithms": "HS256"},
    "an unknown algorithm": {"algorithms": "RS256;ES256"},
    "roles that are not JSON": {"roles": "desk=OPERATOR"},
    "an unknown role": {"roles": '{"desk": "BOSS"}'},
    "an empty mapping of roles": {"roles": "{}"},
    "a maximum age below a minute": {"max_age": "59"},
    "an empty groups claim": {"groups_claim": ""},
}


@pytest.mark.parametrize("values", WRONG.values(), ids=WRONG)
def test_an_error_names_its_setting(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        read(monkeypatch, **values)
    assert [error["loc"] for error in refused.value.errors()] == [(f"oidc_{next(iter(values))}",)]


def test_a_local_issuer_is_accepted_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert read(monkeypatch, issuer=f"http://{host}:9000").oidc_issuer == f"http://{host}:9000"
