"""OSIT beside what a team would pick instead, on the same rows of the same database."""
