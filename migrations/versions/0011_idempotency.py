"""The keys under which mutations were asked for, behind the wall: see docs/decisions/0020.

`0011_idempotency.sql` is frozen; `scripts/wall.py` printed its policies.
"""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
