"""Qt item models: rows in, cells out."""
