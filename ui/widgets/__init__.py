"""Reusable widgets; one module each.

Plain building blocks are gathered in ``basics`` (buttons, labels, headings,
cards); everything else has a module of its own.
"""
