"""Settings from `OSIT_…` environment variables, as one frozen object."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, TypeAdapter, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from osit_graphql.domain.enums import Role
from osit_graphql.domain.postgres_url import normalize_url

# An origin in the form in which browsers send it: scheme, host, optional port.
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


def _split(value: object) -> object:
    """Split a comma-separated list."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


Listed = (NoDecode, BeforeValidator(_split))
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{32,}=*")  # a bearer token (RFC 6750) that cannot be guessed
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def is_local(address: str) -> bool:
    """Whether a URL is plain HTTP to this machine."""
    return _read_place(address) in {("http", host) for host in THIS_MACHINE}


def is_reached_safely(address: str, *, local: bool) -> bool:
    """Whether a URL uses TLS, or plain HTTP to this machine if `local` is true."""
    scheme, host = _read_place(address)
    return (scheme == "https" and bool(host)) or (local and is_local(address))


def _read_place(address: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", None
    return parts.scheme, parts.hostname


Executor = Literal["compiled", "standard"]


class Settings(BaseSettings):
    """All settings. Each field is an `OSIT_…` variable; `make readme` generates the documented table from them."""

    model_config = SettingsConfigDict(env_prefix="OSIT_", frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: str | None = Field(
        None,
        description="PostgreSQL 15 to 18, `postgresql://user:password@host/database` with libpq's parameters;"
        " unset: embedded PostgreSQL 18",
    )
    owner_url: str | None = Field(
        None, description="the same database as the role that owns its tables, for `osit migrate` only"
    )
    replica_url: str | None = Field(
        None, description="a streaming replica for reports; unset: reports read the primary"
    )
    data_dir: Path | None = Field(
        None,
        description="data directory of the embedded PostgreSQL; unset: `/var/lib/osit` for root, else in the home",
    )
    environment: Literal["development", "production"] = Field(
        "development", description="`development` offers GraphiQL and introspection, `production` neither"
    )
    host: str = Field("127.0.0.1", description="IP address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on")
    workers: int = Field(1, ge=1, le=64, description="worker processes, one for each core to use")
    time_zone: str = Field("Europe/Paris", description="the company's time zone, for days in rates and reports")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="currency of all amounts, ISO 4217")
    database_pool: int = Field(10, ge=1, le=200, description="PostgreSQL connections of one process")
    database_connection_max_age: float = Field(
        1800, gt=0, le=86_400, description="maximum age of a PostgreSQL connection, in seconds; then it is replaced"
    )
    prepared_statements: bool = Field(
        True, description="whether statements stay prepared; `false` behind a PgBouncer that does not track them"
    )
    statement_timeout: float = Field(10, gt=0, le=3600, description="timeout of one SQL statement, in seconds")
    lock_timeout: float = Field(2, gt=0, le=3600, description="timeout of waiting for a lock, in seconds")
    request_timeout: float = Field(15, gt=0, le=3600, description="timeout of one request, in seconds")
    redis_url: str | None = Field(
        None,
        pattern="^(rediss?|unix)://",
        description="Redis in which processes share rate limits, `redis://host:6379/0`; unset: each has its own",
    )
    budget_points: int = Field(
        200_000, ge=1, description="token bucket of a signed-in user, or of an IP address otherwise, in cost points"
    )
    budget_rate: int = Field(2_000, ge=1, description="cost points added to each bucket per second")
    max_cost: int = Field(20_000, ge=1, description="maximum cost of one request, in points")
    max_body: int = Field(256 * 1024, ge=1_024, description="maximum size of a request body, in bytes")
    max_characters: int = Field(20_000, ge=100, description="maximum characters of a document")
    max_tokens: int = Field(1_000, ge=10, description="maximum lexical tokens of a document")
    max_depth: int = Field(12, ge=1, description="maximum depth of an operation; introspection has its own limit")
    max_fields: int = Field(500, ge=1, description="maximum fields of an operation, fragments expanded")
    max_aliases: int = Field(30, ge=0, description="maximum aliases of an operation, fragments expanded")
    max_root_fields: int = Field(20, ge=1, description="maximum root fields of an operation")
    max_mutations: int = Field(5, ge=1, description="maximum mutations of one request")
    max_directives: int = Field(50, ge=0, description="maximum directives of an operation, fragments expanded")
    max_requests: int = Field(100, ge=1, description="concurrent requests of one process; beyond: 503")
    max_requests_each: int = Field(10, ge=1, description="concurrent requests of one user in one process")
    drain_seconds: float = Field(
        5, ge=0, le=3600, description="seconds after SIGTERM in which /readyz fails and everything is still served"
    )
    session_hours: int = Field(12, ge=1, le=720, description="lifetime of a session, in hours")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], *Listed] = Field(
        (),
        description="trusted reverse proxies, as addresses or networks (`10.0.0.0/8,::1`): only their forwarding"
        " headers are used; unset: none, the client's address is the peer's",
    )
    cors_origins: Annotated[tuple[str, ...], *Listed] = Field(
        (),
        description="origins that may call the API from a browser, `https://desk.example,…`; never `*`; in"
        " development also every origin on localhost",
    )
    documents: Annotated[tuple[Path, ...], *Listed] = Field(
        (),
        description="manifests of persisted documents, from graphql-codegen or the Relay compiler; clients send a"
        " document's hash",
    )
    documents_only: bool = Field(False, description="whether only the documents of these manifests run")
    oidc_issuer: str | None = Field(
        None, description="OpenID Connect issuer whose access tokens are accepted, exactly as in `iss`; unset: none"
    )
    oidc_audience: str | None = Field(
        None, description="required audience (`aud`) of the issuer's tokens", validate_default=True
    )
    oidc_algorithms: Annotated[tuple[str, ...], *Listed] = Field(
        ("RS256", "ES256"), description=f"accepted signature algorithms, of {', '.join(SIGNATURES)}"
    )
    oidc_clients: Annotated[tuple[str, ...], *Listed] = Field(
        (), description="accepted clients (`azp`), separated by commas; unset: all"
    )
    oidc_max_age: int = Field(
        86_400, ge=60, le=31 * 86_400, description="maximum age and remaining lifetime of a token, in seconds"
    )
    oidc_groups_claim: str = Field("groups", min_length=1, description="claim that contains the person's groups")
    oidc_roles: Annotated[dict[str, Role] | None, NoDecode] = Field(
        None, description='roles by group, `{"desk": "OPERATOR"}`; unset: the roles in the directory'
    )
    executor: Executor = Field(
        "compiled",
        description="executor of operations: `compiled` is faster; `standard` is graphql-core's and Strawberry's own,"
        " for a release of theirs that `compiled` fails with",
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port on OSIT_HOST that serves `/metrics` without a token; unset: none"
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="bearer token for `/metrics` on OSIT_PORT, at least 32 characters; unset: no `/metrics` there",
    )
    log_format: Literal["console", "json"] = Field("console", description="format of log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")

    slow_ms: int = Field(
        0,
        ge=0,
        le=3_600_000,
        description="requests and SQL statements that take at least this many milliseconds are logged; 0: none; 500 is"
        " a useful value",
    )

    @field_validator("cors_origins")
    @classmethod
    def _plain_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [origin for origin in value if not ORIGIN.fullmatch(origin)]:
            raise ValueError(f"« {wrong[0]} » is not an origin as browsers write it, like https://desk.example")
        return value

    @field_validator("documents_only")
    @classmethod
    def _some_documents(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("documents") == ():
            raise ValueError("no document could run: OSIT_DOCUMENTS names no manifest")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError("not a time zone of the IANA database, like Europe/Paris") from error
        return value

    @field_validator("database_url", "owner_url", "replica_url")
    @classmethod
    def _asyncpg_url(cls, value: str | None) -> str | None:
        return normalize_url(value) if value else None

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value:
            return None
        local = info.data.get("environment") == "development"
        if not is_reached_safely(value, local=local) or any(sign in value for sign in "?#@ "):
            raise ValueError("an issuer's URL starts with https:// and has at most a path")
        return value

    @field_validator("oidc_audience")
    @classmethod
    def _audience_of_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("OSIT_OIDC_ISSUER needs OSIT_OIDC_AUDIENCE, the audience of this API's tokens")
        return value or None

    @field_validator("oidc_algorithms")
    @classmethod
    def _known_algorithms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(SIGNATURES).issuperset(value):
            raise ValueError(f"one or several of {', '.join(SIGNATURES)}, separated by commas")
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _roles_by_group(cls, value: object) -> object:
        if value is None or value == "":
            return None
        try:
            read = TypeAdapter(dict[str, Role]).validate_json(value) if isinstance(value, str) else value
        except ValueError:
            read = None
        if not read:
            raise ValueError('groups and their roles as JSON, like {"desk": "OPERATOR", "network": "TECHNICIAN"}')
        return read

    @field_validator("max_cost")
    @classmethod
    def _affordable(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("budget_points", value):
            raise ValueError("at most OSIT_BUDGET_POINTS, or the most expensive request is never served")
        return value

    @field_validator("metrics_port")
    @classmethod
    def _other_port(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and value == info.data.get("port"):
            raise ValueError("another port than OSIT_PORT: this one needs no token")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _strong_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or value.get_secret_value() == "":
            return None
        if not TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("at least 32 random letters, digits or signs of -._~+/, as `openssl rand -hex 32` prints")
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def serves_metrics(self) -> bool:
        """Whether metrics are collected, because somebody can read them."""
        return self.metrics_port is not None or self.metrics_token is not None

    @property
    def development(self) -> bool:
        """Whether GraphiQL and introspection are offered."""
        return self.environment == "development"
