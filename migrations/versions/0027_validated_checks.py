"""Tickets and history: validate the CHECKs of revision 0026, which reads every row."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
serves = "0016"


def upgrade() -> None:
    for table in ("ticket", "activity"):
        op.get_bind().exec_driver_sql(f"ALTER TABLE {table} VALIDATE CONSTRAINT {table}_row_check")
