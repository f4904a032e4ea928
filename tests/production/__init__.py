"""The production profile: what it demands before it serves, and how little it gives away."""
