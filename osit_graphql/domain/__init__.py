"""Permissions, enumerations and errors: standard library only, so that tests need no database."""
