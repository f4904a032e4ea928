"""PostgreSQL: tables, visibility, row-level security, transactions and compiled statements."""
