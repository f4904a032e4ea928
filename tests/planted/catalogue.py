"""All planted leaks, and a sample of them for CI."""

from tests.planted.plant import Plant
from tests.planted.queries_and_services import QUERIES_AND_SERVICES
from tests.planted.row_level_security import ROW_LEVEL_SECURITY
from tests.planted.visibility import VISIBILITY

PLANTS: tuple[Plant, ...] = (*VISIBILITY, *QUERIES_AND_SERVICES, *ROW_LEVEL_SECURITY)
SAMPLE = {
    "a requester sees everybody's tickets",
    "a technician sees the services after theirs",
    "dataloaders are shared by principals",
    "operators close tickets",
    "tickets have no row-level security",
    "the owner of tickets bypasses row-level security",
}
"""Names of leaks in every layer whose tests take seconds."""
