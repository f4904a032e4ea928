"""Every lookup and list; each SELECT of tickets, history or people starts from `visibility`."""
