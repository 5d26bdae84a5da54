"""Reads: ``query(session, …)`` gives frozen rows; one module per subject."""
