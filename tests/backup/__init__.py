"""Backups and restores of real databases."""
