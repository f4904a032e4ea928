"""A technician's lists, narrowed to an application, a requester or an assignee, are counted in the index alone."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("application", "requester", "assignee"):
        for kind, order in (("list", "status, list_rank, list_moment"), ("updated", "updated_at")):
            op.get_bind().exec_driver_sql(f"DROP INDEX ticket_{name}_{kind}_idx")
            op.get_bind().exec_driver_sql(
                f"CREATE INDEX ticket_{name}_{kind}_idx ON ticket ({name}_id, {order}, id) INCLUDE (service_id)"
            )
