"""Figures kept exact in the transaction that changes a fact.

The facts are the truth and ``queries.roster`` is the definition; everything
here can be thrown away and counted again. Visits are added up by triggers
(``triggers``), because no writer can go past those. Whoever changes an
interval leaves the resident's number in ``figure_stale``, again by trigger, and
the unit of work recomputes those residents before it commits (``keeping``).
``rebuilding`` counts everything, ``verifying`` compares every cell.
"""
