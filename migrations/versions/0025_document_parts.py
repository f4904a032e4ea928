"""Search: documents in parts of bounded size, so that a comment costs the same whatever its ticket has (0045).

A ticket with short texts has one document, as before. Texts beyond `osit_part_limit()` are in further parts. A search
looks up each of its operands in the parts of such tickets.
"""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
serves = "0016"


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement)
