"""Do a step again when the server undid it because of someone else's.

``Database.write`` cannot repeat the block it surrounds, so the whole service
is repeated: the server has taken back everything it wrote, it reads anew, and
its checks answer for what is there now. Only services that do nothing but
write to the database may be repeated; one that also writes a file may not.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from gridapp.errors import ClashError

logger = logging.getLogger(__name__)

ATTEMPTS = 5
PAUSE_S = 0.02

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def repeated_on_clash(service: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a service run up to ``ATTEMPTS`` times when it clashes with someone else's step.

    A value that someone else changed meanwhile is no clash: overwriting it is
    for a person to decide.
    """

    @functools.wraps(service)
    def carry_out(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS):
            try:
                return service(*args, **kwargs)
            except ClashError as error:
                state = getattr(getattr(error.__cause__, "orig", None), "sqlstate", "")
                logger.info("%s clashed with another step (%s), attempt %d", service.__name__, state, attempt)
                time.sleep(PAUSE_S * attempt * random.uniform(0.5, 1.5))  # so that the two do not meet again
        return service(*args, **kwargs)

    return carry_out
