"""Coordinates, outlines and measures; knows shapes, not people."""
