"""What PostgreSQL refuses by itself: a change without its history row, and any change of history."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Errors of ours carry SQLSTATE OS001, so that nobody takes them for a fault of PostgreSQL.
GUARDS = (
    """
CREATE FUNCTION osit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'osit: % of % is refused: history is append-only, and no ticket is deleted', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'OS001';
END $$
""",
    """
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON activity
    FOR EACH ROW EXECUTE FUNCTION osit_refuse()
""",
    """
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION osit_refuse()
""",
    """
CREATE TRIGGER intervention_no_delete BEFORE DELETE ON intervention
    FOR EACH ROW EXECUTE FUNCTION osit_refuse()
""",
    """
CREATE TRIGGER intervention_no_truncate BEFORE TRUNCATE ON intervention
    FOR EACH STATEMENT EXECUTE FUNCTION osit_refuse()
""",
    """
CREATE TRIGGER ticket_no_delete BEFORE DELETE ON ticket
    FOR EACH ROW EXECUTE FUNCTION osit_refuse()
""",
    # Only two things ever happen to an intervention: a rate dated back prices it, once, and it is taken back, once.
    """
CREATE FUNCTION osit_keep_intervention() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    allowed intervention := NEW;
BEGIN
    IF OLD.hourly_rate IS NULL THEN
        allowed.hourly_rate := NULL;
        allowed.labour := NULL;
    END IF;
    IF OLD.voided_by IS NULL THEN
        allowed.voided_by := NULL;
    END IF;
    IF allowed IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'osit: intervention % is history: it is priced once and taken back once', OLD.activity_id
            USING ERRCODE = 'OS001';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER intervention_append_only BEFORE UPDATE ON intervention
    FOR EACH ROW EXECUTE FUNCTION osit_keep_intervention()
""",
    """
CREATE FUNCTION osit_count_version() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'osit: ticket % goes from version % to %: every action raises it by one',
            OLD.id, OLD.version, NEW.version USING ERRCODE = 'OS001';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER ticket_version BEFORE UPDATE ON ticket
    FOR EACH ROW EXECUTE FUNCTION osit_count_version()
""",
    # Checked when the transaction ends, so that the ticket and its history row may come in either order. The row must
    # be of this very transaction and of this very version: one row explains one change.
    """
CREATE FUNCTION osit_require_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT FROM activity WHERE ticket_id = NEW.id AND kind = 'OPENED' AND version = NEW.version
                AND to_service_id = NEW.service_id AND transaction_id = pg_current_xact_id()
        ) THEN
            RAISE EXCEPTION 'osit: ticket % has no history row that opens it', NEW.id USING ERRCODE = 'OS001';
        END IF;
        RETURN NULL;
    END IF;
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT FROM activity WHERE ticket_id = NEW.id AND kind = 'STATUS_CHANGE' AND version = NEW.version
            AND from_status = OLD.status AND to_status = NEW.status AND transaction_id = pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'osit: ticket % goes from % to % without a commented history row',
            NEW.id, OLD.status, NEW.status USING ERRCODE = 'OS001';
    END IF;
    IF NEW.service_id <> OLD.service_id AND NOT EXISTS (
        SELECT FROM activity WHERE ticket_id = NEW.id AND kind = 'REROUTING' AND version = NEW.version
            AND from_service_id = OLD.service_id AND to_service_id = NEW.service_id
            AND transaction_id = pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'osit: ticket % changes service without a commented history row', NEW.id
            USING ERRCODE = 'OS001';
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE CONSTRAINT TRIGGER ticket_opened AFTER INSERT ON ticket
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION osit_require_history()
""",
    """
CREATE CONSTRAINT TRIGGER ticket_explained AFTER UPDATE OF status, service_id ON ticket
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.service_id IS DISTINCT FROM NEW.service_id)
    EXECUTE FUNCTION osit_require_history()
""",
)


def upgrade() -> None:
    for statement in GUARDS:
        op.get_bind().exec_driver_sql(statement)
