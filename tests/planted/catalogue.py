"""Every planted leak."""

from tests.planted.plant import Plant
from tests.planted.plumbing import PLUMBING
from tests.planted.policies import WALLED
from tests.planted.seeing import SEEING

PLANTS: tuple[Plant, ...] = (*SEEING, *PLUMBING, *WALLED)
