"""The second wall: row-level security on every table, and the functions that answer what it would hide.

`0010_walls.sql` is frozen: `scripts/wall.py` printed most of it from the law of seeing. The role osit_api is there
before the chain runs (`osit_graphql.roles`).
"""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
