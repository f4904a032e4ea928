"""The environment, read once, as one frozen object."""

from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    log_format: Literal["console", "json"] = Field("console", description="how logs are written")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")

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
        return f"postgresql+asyncpg://{rest}"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def development(self) -> bool:
        """Whether GraphiQL and introspection are offered."""
        return self.environment == "development"
