"""Lists in their own order from an index, whatever one thing they are narrowed to."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHANGES = (
    """
DROP INDEX ticket_list_idx, ticket_closed_idx, ticket_service_list_idx, ticket_service_closed_idx,
    ticket_application_idx, ticket_assignee_idx
""",
    # One rewrite of the table for both.
    """
ALTER TABLE ticket
    ADD COLUMN list_rank SMALLINT GENERATED ALWAYS AS (
        CASE status WHEN 'OPEN' THEN
            CASE priority WHEN 'URGENT' THEN 1 WHEN 'HIGH' THEN 2 WHEN 'NORMAL' THEN 3 WHEN 'LOW' THEN 4 END
        ELSE 0 END
    ) STORED NOT NULL,
    ADD COLUMN list_moment TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (coalesce(closed_at, opened_at)) STORED NOT NULL
""",
    "CREATE INDEX ticket_list_idx ON ticket (status, list_rank, list_moment, id)",
    "CREATE INDEX ticket_service_list_idx ON ticket (service_id, status, list_rank, list_moment, id)",
    "CREATE INDEX ticket_application_list_idx ON ticket (application_id, status, list_rank, list_moment, id)",
    "CREATE INDEX ticket_requester_list_idx ON ticket (requester_id, status, list_rank, list_moment, id)",
    "CREATE INDEX ticket_assignee_list_idx ON ticket (assignee_id, status, list_rank, list_moment, id)",
    "CREATE INDEX ticket_status_updated_idx ON ticket (status, updated_at, id)",
    "CREATE INDEX ticket_application_updated_idx ON ticket (application_id, updated_at, id)",
    "CREATE INDEX ticket_assignee_updated_idx ON ticket (assignee_id, updated_at, id)",
)


def upgrade() -> None:
    for statement in CHANGES:
        op.get_bind().exec_driver_sql(statement)
