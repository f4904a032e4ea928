"""API tokens, the counts that slow guessing down, and both behind the wall.

`0014_api_tokens.sql` is frozen: `scripts/wall.py api_token sign_in_mark` printed the wall.
"""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
