"""A technician's lists narrowed to an application, a requester or an assignee: their service is a key of the index.

Included, `service_id` served what reads the index alone; a page, which reads tickets too, fetched others' to see whose
they are. As the last key it takes as much room, and only tickets that are shown are fetched.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
serves = "0016"

ORDERS = {"list": "status, list_rank, list_moment", "updated": "updated_at"}
INDEXES = {
    f"ticket_{name}_{kind}_idx": f"({name}_id, {order}, id, service_id)"
    + ("" if name == "requester" else " INCLUDE (requester_id)")
    for name in ("application", "requester", "assignee")
    for kind, order in ORDERS.items()
}


def upgrade() -> None:
    bind = op.get_bind()
    for name, keys in INDEXES.items():  # first: readers go on until an index is dropped
        bind.exec_driver_sql(f"CREATE INDEX {name}_new ON ticket {keys}")
    bind.exec_driver_sql(f"DROP INDEX {', '.join(INDEXES)}")
    for name in INDEXES:
        bind.exec_driver_sql(f"ALTER INDEX {name}_new RENAME TO {name}")
