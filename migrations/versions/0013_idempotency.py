"""The keys under which mutations were asked for: see docs/decisions/0020."""

from alembic import op

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE idempotency_key (
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    digest BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject_id BIGINT,
    activity_ids BIGINT[],
    problems JSONB,
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (person_id, key),
    CONSTRAINT idempotency_key_key_check CHECK (key ~ '[^[:space:]]' AND char_length(key) <= 255),
    CONSTRAINT idempotency_key_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
)
""",
    "CREATE INDEX idempotency_key_made_idx ON idempotency_key (made_at)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.get_bind().exec_driver_sql(statement)
