"""The schema's object types, created from rows that `services.queries` read under the viewer's visibility."""

# First: Strawberry would define any enumeration that it meets in an annotation before, without our descriptions.
from osit_graphql.api import enums

__all__ = ["enums"]
