"""Invented communities, complete and harmless, to try the program on."""

from gridapp.demo.invention import DEFAULT_SEED, invent

__all__ = ["DEFAULT_SEED", "invent"]
