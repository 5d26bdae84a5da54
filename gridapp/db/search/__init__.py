"""Find a resident among a million by whatever one remembers of them.

``readings`` knows how names are said, ``fields`` what is kept of a resident to
search through, ``tokens`` cuts that into the pieces the index holds, and
``wording`` cuts what was typed into the pieces to look for and says how well a
resident fits. ``index`` is the full-text index of each engine, ``keeping``
writes it in the transaction that changes a resident, ``finding`` asks it.

Both engines hold the same pieces, so both find the same people.
"""

from gridapp.db.search.keeping import affected_residents, bulk_residents, differences, forget, is_missing, refresh

__all__ = ["affected_residents", "bulk_residents", "differences", "forget", "is_missing", "refresh"]
