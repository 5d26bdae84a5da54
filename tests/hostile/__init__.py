"""Files made to break the program, and the count of what happened: ``python -m tests.hostile``.

Facts files, ledgers and outlines, bent at random and built as bombs. Each is
taken in by a process of its own that may use 1 GB and 10 s, and that counts as
broken when it crashes, is no sentence for people, writes outside its folder,
starts a program or opens a connection.
"""
