"""Changes of people, rights and the directory: an append-only, sealed table that triggers write. See decision 0044.

Triggers, not the application, write it: so processes of the previous version write it too.
"""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
serves = "0016"

PLACE = "SET search_path = pg_catalog, public, pg_temp"
OWNER_TRIGGER = f"RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE}"
FUNCTION = "CREATE FUNCTION {} RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE RETURN {}"


def sealed(row: str, *columns: str) -> str:
    """Return a row's columns byte for byte; `*` marks free text."""
    named = (f"convert_to({row}.{name[1:]}, 'UTF8')" if name[0] == "*" else f"{row}.{name}" for name in columns)
    return f"record_send(ROW({', '.join(named)}))"


CHANGE = sealed("c", "id", "created_at", "kind", "source", "actor_id", "object_kind", "object_id")
TEXTS = "record_send(ROW(convert_to(c.object_name, 'UTF8'), convert_to(c.fields::text, 'UTF8')))"
IDENTITIES = """(SELECT string_agg(record_send(ROW(convert_to(issuer, 'UTF8'), convert_to(subject, 'UTF8'))), ''::bytea
    ORDER BY issuer COLLATE "C", subject COLLATE "C") FROM identity WHERE person_id = p.id)"""
RATES = """(SELECT string_agg(record_send(ROW(effective_from, hourly_rate)), ''::bytea ORDER BY effective_from)
    FROM service_rate WHERE service_id = s.id)"""
PERSON = f"""record_send(ROW(
    {sealed("p", "id", "*name", "*email", "*phone", "roles", "service_id", "site_id", "active")},
    p.password_hash IS NOT NULL, {IDENTITIES}))"""
SERVICE = f"record_send(ROW({sealed('s', 'id', '*name', '*phone', '*email', 'active')}, {RATES}))"
STATE = f"""CASE kind
    WHEN 'USER' THEN (SELECT {PERSON} FROM person p WHERE id = key)
    WHEN 'SERVICE' THEN (SELECT {SERVICE} FROM service s WHERE id = key)
    WHEN 'APPLICATION' THEN (SELECT {sealed("a", "id", "*name", "default_service_id", "active")}
        FROM application a WHERE id = key)
    WHEN 'SITE' THEN (SELECT {sealed("s", "id", "*name", "*city", "active")} FROM site s WHERE id = key)
    WHEN 'CAUSE' THEN (SELECT {sealed("c", "id", "*name", "active")} FROM cause c WHERE id = key)
END"""

SEALS = (
    FUNCTION.format("osit_seal_change(c directory_change)", CHANGE),
    FUNCTION.format("osit_seal_change_texts(c directory_change)", TEXTS),
    # The object after the change, except password hashes, which a sign-in may renew, and API tokens, which expire.
    FUNCTION.format("osit_directory_state(kind text, key bigint)", STATE),
    FUNCTION.format(
        "osit_seal_directory_link(s directory_seal, facts bytea)",
        sealed("s", "seq", "change_id", "texts", "state") + " || facts",
    ),
    # At COMMIT, so that writers wait for each other no longer than that. The lock orders the only chain.
    f"""
CREATE FUNCTION osit_seal_directory() {OWNER_TRIGGER} AS $$
DECLARE
    s directory_seal;
    before bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(85427409);
    SELECT seq + 1, digest INTO s.seq, before FROM directory_seal ORDER BY seq DESC LIMIT 1;
    s.seq := coalesce(s.seq, 1);
    s.change_id := NEW.id;
    s.salt := uuid_send(gen_random_uuid());
    s.texts := sha256(s.salt || osit_seal_change_texts(NEW));
    s.state := sha256(s.salt || osit_directory_state(NEW.object_kind, NEW.object_id));
    s.digest := sha256(coalesce(before, '') || osit_seal_directory_link(s, osit_seal_change(NEW)));
    INSERT INTO directory_seal VALUES (s.*);
    RETURN NULL;
END $$
""",
    """
CREATE CONSTRAINT TRIGGER directory_change_sealed AFTER INSERT ON directory_change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION osit_seal_directory()
""",
)
APPEND_ONLY = tuple(
    statement.format(table)
    for table in ("directory_change", "directory_seal")
    for statement in (
        "CREATE TRIGGER {0}_append_only BEFORE UPDATE OR DELETE ON {0} FOR EACH ROW EXECUTE FUNCTION osit_refuse()",
        "CREATE TRIGGER {0}_no_truncate BEFORE TRUNCATE ON {0} FOR EACH STATEMENT EXECUTE FUNCTION osit_refuse()",
    )
)
ENTRIES = {
    "person": "'USER', 'name', 'email', '*phone', 'roles', 'service_id', 'site_id', 'active', '*password_hash'",
    "service": "'SERVICE', 'name', 'phone', 'email', 'active'",
    "application": "'APPLICATION', 'name', 'default_service_id', 'active'",
    "site": "'SITE', 'name', 'city', 'active'",
    "cause": "'CAUSE', 'name', 'active'",
}
TRIGGERS = (
    *(
        f"CREATE TRIGGER {table}_noted AFTER INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION osit_note_entry({arguments})"
        for table, arguments in ENTRIES.items()
    ),
    (
        "CREATE TRIGGER service_rate_noted AFTER INSERT OR UPDATE ON service_rate"
        " FOR EACH ROW EXECUTE FUNCTION osit_note_rate()"
    ),
    (
        "CREATE TRIGGER api_token_noted AFTER INSERT OR DELETE ON api_token"
        " FOR EACH ROW EXECUTE FUNCTION osit_note_token()"
    ),
    (
        "CREATE TRIGGER identity_noted AFTER INSERT OR DELETE ON identity"
        " FOR EACH ROW EXECUTE FUNCTION osit_note_identity()"
    ),
    (
        "CREATE TRIGGER session_token_noted AFTER DELETE ON session_token REFERENCING OLD TABLE AS ended"
        " FOR EACH STATEMENT EXECUTE FUNCTION osit_note_sessions()"
    ),
)


def upgrade() -> None:
    tables, functions, rest = Path(__file__).with_suffix(".sql").read_text("utf-8").split("-- Next part.\n")
    statements = [part.split(";\n\n") for part in (tables, functions, rest)]
    for statement in (*statements[0], *SEALS, *APPEND_ONLY, *statements[1], *TRIGGERS, *statements[2]):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
