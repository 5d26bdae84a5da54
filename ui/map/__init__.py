"""The map: layers painted over one coordinate frame, and what stands beside it."""
