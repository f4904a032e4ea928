"""Import of another tool's incidents: read a CSV export by a map, build ticket histories, write each ticket once."""
