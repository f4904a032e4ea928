"""Leak tests: known leak classes, the access matrix, and random queries that look for hidden values."""
