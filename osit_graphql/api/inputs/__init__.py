"""The input types of the schema, each with a conversion to the arguments of a service."""

# First, as in `api.types`.
from osit_graphql.api import enums

__all__ = ["enums"]
