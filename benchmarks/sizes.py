"""Size of a generated database, and the numbers of its people by role."""

from dataclasses import dataclass
from datetime import UTC, datetime

TODAY = datetime(2026, 11, 23, tzinfo=UTC)
"""The day on which generated history ends; fixed, so that rows are always the same."""
MONTHS = 24
SEED = 18
"""Default seed of the random generators."""


@dataclass(frozen=True)
class Size:
    """Counts of rows; people are numbered by role: technicians, operators, managers, requesters."""

    tickets: int = 200_000
    interventions: int = 300_000
    people: int = 20_000
    applications: int = 60
    services: int = 12
    sites: int = 40
    causes: int = 30

    @property
    def technicians(self) -> int:
        """Two people in a hundred, the same number in every service: number n is of service 1 + (n - 1) % services."""
        return max(self.people // 50 // self.services, 1) * self.services

    @property
    def operators(self) -> int:
        """One person in a hundred."""
        return max(self.people // 100, 1)

    @property
    def managers(self) -> int:
        """One person in a thousand."""
        return max(self.people // 1000, 1)

    @property
    def first_operator(self) -> int:
        """Operators follow technicians."""
        return self.technicians + 1

    @property
    def manager(self) -> int:
        """The first manager."""
        return self.first_operator + self.operators

    @property
    def requester(self) -> int:
        """The first requester, to whom one ticket in thirty belongs."""
        return self.manager + self.managers
