"""Storage: the only package that knows SQL, sessions and engines."""
