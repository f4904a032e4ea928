"""The schema of the database: its revision, its migrations and its PostgreSQL roles."""
