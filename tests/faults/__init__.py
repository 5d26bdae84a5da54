"""Faults done to the real program on purpose, and the count of what survived: ``python -m tests.faults``.

- kills: SIGKILL at random moments of logging, importing, closing, boundary edits, backup and migration;
- cuts: every write and sync of a session is recorded, and power cuts are simulated at random places: what was not
  synced is dropped, torn in sectors of 512 bytes, or written in another order;
- errors: the disk is full, or reports an error, at the nth write, sync or read;
- damage: truncated files, flipped pages, a lost WAL, read-only media, a second instance, a clock that goes back.

Survived means: every acknowledged visit and operation is there, pages, references, figures and the audit chain are
right; or the program says what is wrong and offers the last good backup, which opens.
"""
