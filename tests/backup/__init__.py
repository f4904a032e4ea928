"""Backups that restore, and upgrades under way, on real databases."""
