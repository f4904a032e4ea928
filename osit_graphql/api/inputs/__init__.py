"""The schema's input types, each with a conversion to what the services accept."""

# First, as in `api.types`.
from osit_graphql.api import enums

__all__ = ["enums"]
