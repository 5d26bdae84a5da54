"""Everything GridApp knows without a screen: rules, storage, ledgers, paper.

No module below this package imports Qt; `tests/test_architecture.py` proves it.
"""

__version__ = "0.1.0"
