"""The texts of the demo company: what callers say, what technicians find, what meetings decide."""

from osit_graphql.demo.company import ACCESS, ARCHIVES, DASHBOARDS, HR, OFFICE, STOCK
from osit_graphql.demo.scenes import access, archives, dashboards, hr, office, stock, wishes

# Each application's incidents.
SCENES = {
    HR: hr.SCENES,
    STOCK: stock.SCENES,
    DASHBOARDS: dashboards.SCENES,
    ARCHIVES: archives.SCENES,
    ACCESS: access.SCENES,
    OFFICE: office.SCENES,
}

# What meetings have to decide on, whatever the application.
WISHES = (*wishes.WISHES, *dashboards.WISHES, *archives.WISHES)

__all__ = ["SCENES", "WISHES"]
