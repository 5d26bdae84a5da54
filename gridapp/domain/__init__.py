"""Rules and values; standard library only, no storage, no screen."""
