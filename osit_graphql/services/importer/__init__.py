"""Another tool's incidents brought in: a file read by a map, rows turned into histories, histories written once."""
