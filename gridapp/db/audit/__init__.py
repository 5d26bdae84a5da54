"""The audit log's proof: a chain of digests over every entry, and signed checkpoints of it.

Whoever changes, adds, removes or moves a past entry breaks the chain, and
whoever rebuilds the chain cannot sign it. The tables refuse changes anyway
(``guards``); the chain is for those who go past them.
"""
