"""Use cases: functions `verb(session, viewer, …)`; the only place that writes."""
