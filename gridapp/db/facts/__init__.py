"""Facts files: what they hold, and how they are read into a database and written out of it."""
