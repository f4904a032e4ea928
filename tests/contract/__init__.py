"""What client teams rely on, compared with what the schema offers."""
