"""``python -m gridapp``: the same as the ``gridapp`` command."""

import sys

from gridapp.cli import main

if __name__ == "__main__":
    sys.exit(main())
