"""Tickets, their append-only history, and interventions with their costs."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osit_graphql.db.models.column_types import Base, TransactionId, is_one_of, not_blank, row_check
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ActivityKind, Criticality, Decision, Priority, Severity, Status

URGENCY = "CASE priority " + " ".join(f"WHEN '{word}' THEN {rank}" for rank, word in enumerate(Priority, 1)) + " END"
# Each list of the specification has another order. These two columns sort the tickets of all three lists, so that one
# index per filter column serves all of them.
LIST_RANK = f"CASE status WHEN 'OPEN' THEN {URGENCY} ELSE 0 END"
LIST_MOMENT = "coalesce(closed_at, opened_at)"
# The columns that visibility and row-level security compare. List indexes include them, so no ticket row is read.
VISIBILITY_COLUMNS = ["service_id", "requester_id"]
KINDS_WITH_COMMENT = "'COMMENT', 'INTERVENTION', 'INTERVENTION_VOIDED', 'REROUTING', 'STATUS_CHANGE', 'QUALIFICATION'"
ROW_CHECKS = {
    "ticket": row_check(
        not_blank("ticket.title", permissions.TITLE_LIMIT),
        not_blank("ticket.description", permissions.DESCRIPTION_LIMIT),
        not_blank("ticket.impact", permissions.IMPACT_LIMIT),
        is_one_of("ticket.status", Status),
        is_one_of("ticket.severity", Severity),
        is_one_of("ticket.criticality", Criticality),
        is_one_of("ticket.priority", Priority),
        "(ticket.status = 'CLOSED') = (ticket.closed_at IS NOT NULL)",
        "ticket.version >= 1 AND ticket.reopen_count >= 0 AND ticket.reroute_count >= 0",
    ),
    "activity": row_check(
        is_one_of("activity.kind", ActivityKind),
        is_one_of("activity.decision", Decision),
        not_blank("activity.comment", permissions.COMMENT_LIMIT),
        f"activity.kind NOT IN ({KINDS_WITH_COMMENT}) OR activity.comment IS NOT NULL",
        "NOT activity.internal OR activity.kind = 'COMMENT'",
        "(activity.kind = 'STATUS_CHANGE') = (activity.to_status IS NOT NULL AND activity.from_status IS NOT NULL)",
        "activity.kind <> 'REROUTING' OR activity.from_service_id <> activity.to_service_id",
        "(activity.kind IN ('REROUTING', 'OPENED')) = (activity.to_service_id IS NOT NULL)",
        "(activity.kind = 'REROUTING') = (activity.from_service_id IS NOT NULL)",
        "(activity.kind = 'INTERVENTION_VOIDED') = (activity.intervention_id IS NOT NULL)",
        "(activity.kind = 'PRIORITY_CHANGE') = (activity.to_priority IS NOT NULL)",
        "activity.meeting_id IS NULL OR activity.decision IS NOT NULL",
        "(activity.kind = 'QUALIFICATION') = (activity.to_severity IS NOT NULL)",
    ),
}
"""Bodies of the functions `osit_check_ticket` and `osit_check_activity`, which migrations create."""


class Ticket(Base):
    """An incident or evolution request in its present state. `id` is also its number."""

    __tablename__ = "ticket"
    __table_args__ = (
        # Covering index for reports that need only a ticket's present application and site.
        Index(
            "ticket_place_idx",
            "id",
            postgresql_include=["application_id", "site_id", "status", "reopen_count", *VISIBILITY_COLUMNS],
        ),
        Index("ticket_list_idx", "status", "list_rank", "list_moment", "id", postgresql_include=VISIBILITY_COLUMNS),
        Index("ticket_updated_idx", "updated_at", "id", postgresql_include=VISIBILITY_COLUMNS),
        Index("ticket_status_updated_idx", "status", "updated_at", "id", postgresql_include=VISIBILITY_COLUMNS),
        *(
            Index(
                f"ticket_{name}_{kind}_idx",
                f"{name}_id",
                *order,
                "id",
                # In the key, so that the index alone filters a technician's tickets.
                *(["service_id"] if name != "service" else []),
                postgresql_include=["requester_id"] if name != "requester" else None,
            )
            for name in ("service", "application", "requester", "assignee")
            for kind, order in (("list", ("status", "list_rank", "list_moment")), ("updated", ("updated_at",)))
        ),
        Index(
            "ticket_external_ref_key", "external_ref", unique=True, postgresql_where=text("external_ref IS NOT NULL")
        ),
    )
    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    status: Mapped[Status]
    severity: Mapped[Severity]
    criticality: Mapped[Criticality]
    priority: Mapped[Priority]
    urgency: Mapped[int] = mapped_column(SmallInteger, Computed(URGENCY, persisted=True), nullable=False)
    priority_settled: Mapped[bool] = mapped_column(server_default=text("false"))
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    suspected_cause_id: Mapped[int | None] = mapped_column(ForeignKey("cause.id"))
    impact: Mapped[str | None]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    reopen_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    reroute_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    external_ref: Mapped[str | None]
    list_rank: Mapped[int] = mapped_column(SmallInteger, Computed(LIST_RANK, persisted=True), nullable=False)
    list_moment: Mapped[datetime] = mapped_column(Computed(LIST_MOMENT, persisted=True), nullable=False)


class ChangedValues:
    """Previous and new values of an activity; null if its kind doesn't change them."""

    from_status: Mapped[Status | None]
    to_status: Mapped[Status | None]
    from_priority: Mapped[Priority | None]
    to_priority: Mapped[Priority | None]
    from_severity: Mapped[Severity | None]
    to_severity: Mapped[Severity | None]
    from_criticality: Mapped[Criticality | None]
    to_criticality: Mapped[Criticality | None]
    from_title: Mapped[str | None]
    to_title: Mapped[str | None]
    from_description: Mapped[str | None]

    @declared_attr
    @classmethod
    def from_service_id(cls) -> Mapped[int | None]:
        """The previous service of a re-routing."""
        return mapped_column(ForeignKey("service.id"))

    @declared_attr
    @classmethod
    def to_service_id(cls) -> Mapped[int | None]:
        """The new service of a re-routing, or the first service."""
        return mapped_column(ForeignKey("service.id"))

    @declared_attr
    @classmethod
    def from_application_id(cls) -> Mapped[int | None]:
        """The application before a qualification."""
        return mapped_column(ForeignKey("application.id"))

    @declared_attr
    @classmethod
    def to_application_id(cls) -> Mapped[int | None]:
        """The application after a qualification."""
        return mapped_column(ForeignKey("application.id"))

    @declared_attr
    @classmethod
    def from_requester_id(cls) -> Mapped[int | None]:
        """The requester before a qualification."""
        return mapped_column(ForeignKey("person.id"))

    @declared_attr
    @classmethod
    def to_requester_id(cls) -> Mapped[int | None]:
        """The requester after a qualification."""
        return mapped_column(ForeignKey("person.id"))

    @declared_attr
    @classmethod
    def from_site_id(cls) -> Mapped[int | None]:
        """The site before a qualification."""
        return mapped_column(ForeignKey("site.id"))

    @declared_attr
    @classmethod
    def to_site_id(cls) -> Mapped[int | None]:
        """The site after a qualification."""
        return mapped_column(ForeignKey("site.id"))


class Activity(ChangedValues, Base):
    """An activity: one row of a ticket's append-only history. `version` is the ticket's version after the action."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("activity_ticket_idx", "ticket_id", "id"),
        Index("activity_author_idx", "author_id", "ticket_id"),
        Index(
            "activity_voided_key", "intervention_id", unique=True, postgresql_where=text("intervention_id IS NOT NULL")
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ActivityKind]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    comment: Mapped[str | None]
    internal: Mapped[bool] = mapped_column(server_default=text("false"))
    decision: Mapped[Decision | None]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    intervention_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
    transaction_id: Mapped[int] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))


class Intervention(Base):
    """Duration and cost of an INTERVENTION activity: minutes × rate ÷ 60, rounded half-even to the cent."""

    __tablename__ = "intervention"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN {permissions.MINUTES[0]} AND {permissions.MINUTES[-1]}", name="minutes"),
        CheckConstraint("expenses >= 0 AND hourly_rate >= 0 AND labour >= 0", name="amounts"),
        CheckConstraint("(hourly_rate IS NULL) = (labour IS NULL)", name="labour"),
        Index(
            "intervention_ticket_idx",
            "ticket_id",
            "cause_id",
            "started_on",
            postgresql_include=["service_id", "voided_by"],
        ),
        Index("intervention_cause_idx", "cause_id", "ticket_id"),
        # For reports without rollups: interventions of a period, of all services or one.
        Index("intervention_day_idx", "started_on", postgresql_where=text("voided_by IS NULL")),
        Index("intervention_work_idx", "service_id", "started_on", postgresql_where=text("voided_by IS NULL")),
    )
    activity_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("activity.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, ForeignKey("ticket.id"))
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    cause_id: Mapped[int] = mapped_column(ForeignKey("cause.id"))
    started_at: Mapped[datetime]
    started_on: Mapped[date]
    minutes: Mapped[int] = mapped_column(SmallInteger)
    hourly_rate: Mapped[Decimal | None]
    labour: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    expenses: Mapped[Decimal] = mapped_column(server_default=text("0"))
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
