"""Services: the number of their tickets that are not closed, for administrators, who see no tickets."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
serves = "0016"

COUNT = (
    """
CREATE OR REPLACE FUNCTION osit_unclosed_tickets(of_service bigint) RETURNS bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN'])) THEN
        RETURN (SELECT count(*) FROM ticket WHERE service_id = of_service AND (ticket.status != 'CLOSED'));
    END IF;
    RETURN 0;
END $$
""",
    "REVOKE EXECUTE ON FUNCTION osit_unclosed_tickets(bigint) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION osit_unclosed_tickets(bigint) TO osit_api",
)


def upgrade() -> None:
    for statement in COUNT:
        op.get_bind().exec_driver_sql(statement)
