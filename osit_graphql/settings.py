"""The environment, read once, as one frozen object."""

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# Scheme, host, perhaps a port: what a browser sends, in the form in which it sends it.
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


def _split(value: object) -> object:
    """Read a list as it is written in an environment: separated by commas."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


Listed = (NoDecode, BeforeValidator(_split))


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
    time_zone: str = Field(
        "Europe/Paris", description="the company's time zone: what « a day » means in rates and reports"
    )
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="the currency of every amount, ISO 4217")
    database_pool: int = Field(10, ge=1, le=200, description="connections that one process keeps to PostgreSQL")
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

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def development(self) -> bool:
        """Whether GraphiQL and introspection are offered."""
        return self.environment == "development"
