"""All faults in their order."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from tests.faults import cuts, damage, errors, kills
from tests.faults.tally import Tally
from tests.faults.work import warm_up


def carry_out(folder: Path, options: argparse.Namespace) -> list[Tally]:
    """Do what was asked for; what cannot be done here says so."""
    tallies = []
    warm_up(folder / "warm")
    gc.freeze()  # the processes forked from this one need not look through what it holds
    if options.only in (None, "kills"):
        in_migration = options.kills // 20
        tally = kills.kill_at_work(folder / "kills", options.kills - in_migration, options.seed)
        tallies.append(tally.add(kills.kill_in_migration(folder / "migration", in_migration, options.seed)))
    reason = cuts.why_not()
    if reason:
        print(f"power cuts and errors are left out: {reason}")
    else:
        recorder = cuts.build_recorder(folder)
        if options.only in (None, "cuts"):
            tallies.append(_cuts(folder, recorder, options))
        if options.only in (None, "errors"):
            tallies.append(errors.fail(folder / "errors", recorder, options.errors, options.seed))
    if options.only in (None, "damage"):
        tallies.append(damage.do_all(folder / "damage", options.seed, options.times))
    if options.only in (None, "hostile") and options.files:
        tallies.append(_hostile(folder / "hostile", options))
    return tallies


def _hostile(folder: Path, options: argparse.Namespace) -> Tally:
    from tests.hostile.run import carry_out  # fuzzers need more than faults do

    folder.mkdir()
    return carry_out(folder, options.files, options.seed)


def _cuts(folder: Path, recorder: Path, options: argparse.Namespace) -> Tally:
    tally = Tally("power cuts")
    for session in range(options.sessions):
        seed = options.seed * 1000 + session
        operations = cuts.record(folder / f"session{session}", recorder, options.steps, seed)
        tally.add(cuts.cut_power(operations, options.cuts // options.sessions, seed))
    return tally
