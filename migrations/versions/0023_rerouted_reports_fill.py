"""Reports of a service: figures of tickets from before revision 0022. Its triggers compute later ones."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
serves = "0016"

# Only tickets that were re-routed, and reopened or corrected, have other figures than before.
FILL = (
    """
SELECT count(osit_settle_occurrences(ticket_id, NULL)) FROM (
    SELECT DISTINCT ticket_id FROM occurrence JOIN ticket ON ticket.id = ticket_id WHERE reopened AND reroute_count > 0
) AS reopened
""",
    """
SELECT count(osit_settle_events(ticket_id)) FROM (
    SELECT DISTINCT q.ticket_id FROM activity q JOIN ticket ON ticket.id = q.ticket_id
    WHERE q.kind = 'QUALIFICATION' AND reroute_count > 0
        AND (q.from_application_id <> q.to_application_id OR q.from_site_id <> q.to_site_id)
) AS corrected
""",
)


def upgrade() -> None:
    for statement in FILL:
        op.get_bind().exec_driver_sql(statement)
