"""Builds the ASGI application and runs it in one process or several."""
