"""The directory: people, services, applications, sites and causes are created, updated and deactivated, never deleted.

Each command returns the record's id. An `ABSENT` field keeps its value; null clears it or is `REQUIRED`; an unchanged
value is neither an error nor a change.
"""
