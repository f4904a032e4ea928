"""The schema's queries."""
