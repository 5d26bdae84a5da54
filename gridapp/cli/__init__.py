"""The ``gridapp`` command: the same services from the shell.

Exit status 0: done. 1: refused, with one sentence, and nothing changed.
2: wrong usage, with one sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gridapp.cli.output import say_error
from gridapp.cli.parser import build_parser
from gridapp.errors import GridAppError, OperationCancelled
from gridapp.i18n import _

REFUSED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    _speak_utf8()
    arguments = build_parser().parse_args(argv)
    try:
        status = int(arguments.run(arguments) or 0)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output, e.g. `head`, has enough; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, OperationCancelled) as stop:
        say_error(str(stop) or _("Stopped; nothing was written."))
    except GridAppError as error:
        say_error(str(error))
    return REFUSED


def _speak_utf8() -> None:
    """Write Chinese whatever the console's code page is."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
