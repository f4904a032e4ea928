"""Migrations of databases in use."""
