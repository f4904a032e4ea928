"""What goes in: the contract's input types, each turned into what the services take."""

# First of all, as in `api.types`.
from osit_graphql.api import enums

__all__ = ["enums"]
