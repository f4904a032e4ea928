"""The environment, read once, as one frozen object."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from osit_graphql.domain.enums import Role

# Scheme, host, perhaps a port: what a browser sends, in the form in which it sends it.
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


def _split(value: object) -> object:
    """Read a list as it is written in an environment: separated by commas."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


Listed = (NoDecode, BeforeValidator(_split))
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def is_local(address: str) -> bool:
    """Whether an address is this machine's own, without TLS."""
    return _read_place(address) in {("http", host) for host in THIS_MACHINE}


def is_reached_safely(address: str, *, local: bool) -> bool:
    """Whether what comes from there is what was sent: TLS, or, where `local` is enough, this very machine."""
    scheme, host = _read_place(address)
    return (scheme == "https" and bool(host)) or (local and is_local(address))


def _read_place(address: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", None
    return parts.scheme, parts.hostname


class Settings(BaseSettings):
    """What can be chosen from outside; every field is an `OSIT_…` variable, and the README's table is made from it."""

    model_config = SettingsConfigDict(env_prefix="OSIT_", frozen=True, extra="ignore")

    database_url: str | None = Field(
        None,
        description="PostgreSQL 15 to 18, `postgresql://user:password@host/database`; unset: embedded PostgreSQL 18",
    )
    owner_url: str | None = Field(
        None, description="that database as the role that owns its tables, which only `osit migrate` connects as"
    )
    replica_url: str | None = Field(
        None, description="a streaming replica of that database, for reports; unset: they read the database itself"
    )
    data_dir: Path | None = Field(
        None,
        description="where the embedded database lives; unset: `/var/lib/osit` for root, else under the user's home",
    )
    environment: Literal["development", "production"] = Field(
        "development", description="`development` has GraphiQL and introspection, `production` neither"
    )
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="the port to listen on")
    workers: int = Field(1, ge=1, le=64, description="processes that serve behind that port, one for each core to use")
    time_zone: str = Field(
        "Europe/Paris", description="the company's time zone: what « a day » means in rates and reports"
    )
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="the currency of every amount, ISO 4217")
    database_pool: int = Field(10, ge=1, le=200, description="connections that one process keeps to PostgreSQL")
    statement_timeout: float = Field(10, gt=0, le=3600, description="seconds that one statement may take")
    lock_timeout: float = Field(2, gt=0, le=3600, description="seconds that a statement waits for a lock")
    request_timeout: float = Field(15, gt=0, le=3600, description="seconds that one request may take in all")
    redis_url: str | None = Field(
        None,
        pattern="^(rediss?|unix)://",
        description="Redis that processes share budgets in, `redis://host:6379/0`; unset: each has its own",
    )
    budget_points: int = Field(
        200_000, ge=1, description="points that a principal, or an address where nobody is signed in, may use at once"
    )
    budget_rate: int = Field(2_000, ge=1, description="points that come back to each every second")
    max_cost: int = Field(20_000, ge=1, description="points that one request may cost")
    max_body: int = Field(256 * 1024, ge=1_024, description="bytes of a request's body")
    max_characters: int = Field(20_000, ge=100, description="characters of a document")
    max_tokens: int = Field(1_000, ge=10, description="lexical tokens of a document")
    max_depth: int = Field(12, ge=1, description="levels of fields in an operation; introspection has its own bound")
    max_fields: int = Field(500, ge=1, description="fields of an operation, fragments unfolded")
    max_aliases: int = Field(30, ge=0, description="aliases of an operation, fragments unfolded")
    max_root_fields: int = Field(20, ge=1, description="root fields of an operation")
    max_mutations: int = Field(5, ge=1, description="mutations of one request")
    max_directives: int = Field(50, ge=0, description="directives of an operation, fragments unfolded")
    max_requests: int = Field(100, ge=1, description="requests that one process serves at a time; beyond: 503")
    max_requests_each: int = Field(10, ge=1, description="requests that a principal has under way in one process")
    session_hours: int = Field(12, ge=1, le=720, description="how long a sign-in lasts")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], *Listed] = Field(
        (),
        description="the proxies in front, as addresses or networks (`10.0.0.0/8,::1`): only they are believed about"
        " who calls; unset: nobody is, an address is the peer's",
    )
    cors_origins: Annotated[tuple[str, ...], *Listed] = Field(
        (), description="the sites whose pages may call the API from a browser, `https://desk.example,…`; never `*`"
    )
    documents: Annotated[tuple[Path, ...], *Listed] = Field(
        (),
        description="manifests of trusted documents, from graphql-codegen or the Relay compiler, which clients then ask"
        " for by their hash",
    )
    documents_only: bool = Field(False, description="whether only the documents of those manifests run")
    oidc_issuer: str | None = Field(
        None,
        description="the OpenID Connect issuer whose access tokens are taken, as it writes itself; unset: none",
    )
    oidc_audience: str | None = Field(
        None, description="what its tokens must be for (`aud`): this API's name there", validate_default=True
    )
    oidc_algorithms: str = Field("RS256,ES256", description=f"how they may be signed, of {', '.join(SIGNATURES)}")
    oidc_clients: str | None = Field(
        None,
        description="the clients (`azp`) whose tokens are taken, with commas between; unset: any of the issuer’s",
    )
    oidc_max_age: int = Field(
        86_400, ge=60, le=31 * 86_400, description="how old a token may be, and how long it may still live, in seconds"
    )
    oidc_groups_claim: str = Field("groups", min_length=1, description="the claim that lists a person's groups")
    oidc_roles: Annotated[dict[str, Role] | None, NoDecode] = Field(
        None, description='roles by group, `{"desk": "OPERATOR"}`: then they alone count; unset: the directory\'s roles'
    )
    log_format: Literal["console", "json"] = Field("console", description="how logs are written")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")

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
            raise ValueError("nothing could run: OSIT_DOCUMENTS names no manifest")
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
        if not value:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
            raise ValueError("a PostgreSQL address starts with postgresql://")
        # What libpq calls sslmode is `ssl` to asyncpg; everybody knows the first.
        return f"postgresql+asyncpg://{re.sub(r'(?<=[?&])sslmode=', 'ssl=', rest)}"

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value:
            return None
        local = info.data.get("environment") == "development"
        if not is_reached_safely(value, local=local) or any(sign in value for sign in "?#@ "):
            raise ValueError("an issuer's address starts with https:// and has no more than a path")
        return value

    @field_validator("oidc_audience")
    @classmethod
    def _audience_of_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("an issuer's tokens are for many: OSIT_OIDC_AUDIENCE says which are for this API")
        return value or None

    @field_validator("oidc_algorithms", "oidc_clients")
    @classmethod
    def _listed(cls, value: str | None, info: ValidationInfo) -> str | None:
        words = [word.strip() for word in (value or "").split(",") if word.strip()]
        if info.field_name == "oidc_algorithms" and not set(SIGNATURES).issuperset(words or [""]):
            raise ValueError(f"one or several of {', '.join(SIGNATURES)}, with commas between")
        return ",".join(words) or None

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
            raise ValueError("at most OSIT_BUDGET_POINTS, or the dearest request is never served")
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def development(self) -> bool:
        """Whether GraphiQL and introspection are offered."""
        return self.environment == "development"
