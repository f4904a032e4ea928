"""Words that writers leave in the list of the search's index are put in their place beside them, by who serves.

Whoever filled the list did it, and waited: one comment in some dozens took a hundred times as long as the others.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
serves = "0016"

TIDYING = 0x05174AB4E  # any number of ours: one tidying at a time
# Kilobytes: more than is left in some seconds of a very busy desk. A search goes through the list too.
LIMIT = 4096
STATEMENTS = (
    f"ALTER INDEX ticket_document_words_idx SET (gin_pending_list_limit = {LIMIT})",
    f"""
CREATE FUNCTION osit_tidy_search() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock({TIDYING}) THEN
        RETURN 0;
    END IF;
    RETURN gin_clean_pending_list('ticket_document_words_idx');
END $$
""",
    "REVOKE EXECUTE ON FUNCTION osit_tidy_search() FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION osit_tidy_search() TO osit_api",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
