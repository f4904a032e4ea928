"""The environment, read once, as one frozen object."""

from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be chosen from outside; every field is an `OSIT_…` variable, and the README's table is made from it."""

    model_config = SettingsConfigDict(env_prefix="OSIT_", frozen=True, extra="ignore")

    database_url: str | None = Field(
        None,
        description="PostgreSQL 15 to 18, `postgresql://user:password@host/database`; unset: embedded PostgreSQL 18",
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

    @field_validator("database_url", "replica_url")
    @classmethod
    def _asyncpg_url(cls, value: str | None) -> str | None:
        if not value:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
            raise ValueError("a PostgreSQL address starts with postgresql://")
        return f"postgresql+asyncpg://{rest}"

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
