"""Whoever signs in elsewhere: subjects of an issuer, each linked to a person."""

from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None

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
)


def upgrade() -> None:
    for statement in IDENTITIES:
        op.get_bind().exec_driver_sql(statement)
