"""Paper: rosters, rate tables, dashboard and map as PDF or PNG.

Takes frozen rows and values, gives files. No sessions, no SQL, no Qt. Every
file is written beside its target first and moved into place when complete.
"""
