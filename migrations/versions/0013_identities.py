"""Whoever signs in elsewhere: subjects of an issuer, each linked to a person, behind both walls."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DIRECTORY = "((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:directory']))"
IDENTITIES = (
    """
CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT identity_pkey PRIMARY KEY (issuer, subject),
    CONSTRAINT identity_issuer_check CHECK (char_length(issuer) BETWEEN 1 AND 500),
    CONSTRAINT identity_subject_check CHECK (char_length(subject) BETWEEN 1 AND 255),
    CONSTRAINT identity_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
)
""",
    "CREATE INDEX identity_person_id_idx ON identity (person_id)",
    # Whom a subject is linked to; asked before anybody is known, hence of everybody.
    """
CREATE FUNCTION osit_identity(of_issuer text, of_subject text)
RETURNS TABLE (id bigint, active boolean, roles text[], service_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('osit.roles', true) = 'system:sign-in' THEN
        RETURN QUERY SELECT p.id, p.active, p.roles, p.service_id FROM identity i JOIN person p ON p.id = i.person_id
            WHERE i.issuer = of_issuer AND i.subject = of_subject;
    END IF;
END $$
""",
    "REVOKE EXECUTE ON FUNCTION osit_identity(text, text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION osit_identity(text, text) TO osit_api",
    "ALTER TABLE identity ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE identity FORCE ROW LEVEL SECURITY",
    "CREATE POLICY identity_owner ON identity TO CURRENT_USER USING (true) WITH CHECK (true)",
    f"CREATE POLICY identity_select ON identity FOR SELECT TO osit_api USING {DIRECTORY}",
    f"CREATE POLICY identity_insert ON identity FOR INSERT TO osit_api WITH CHECK {DIRECTORY}",
    f"CREATE POLICY identity_delete ON identity FOR DELETE TO osit_api USING {DIRECTORY}",
    "GRANT SELECT, INSERT, DELETE ON identity TO osit_api",
)


def upgrade() -> None:
    for statement in IDENTITIES:
        op.get_bind().exec_driver_sql(statement)
