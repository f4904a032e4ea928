"""The contract's object types, each made from rows that `services.reads` fetched through visibility."""

# First of all: Strawberry would make nameless enumerations of its own out of annotations that it meets before these.
from osit_graphql.api import enums

__all__ = ["enums"]
