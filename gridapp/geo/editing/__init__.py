"""Edit grids as one coverage: shared borders stay shared, every edit can be taken back byte for byte."""
