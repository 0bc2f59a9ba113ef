"""How many networks each worker trains side by side, where that is left to honed: `decided`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from honed.device import CPU
from honed.family import Encoder
from honed.figures import counted, size
from honed.run.journal import Journal
from honed.search import devices
from honed.search.payloads import MOST_FOLDS
from honed.search.prepare import Prepared
from honed.search.streams import InBatches
from honed.train import footprint
from honed.typed import take

# Not measured on a GPU yet. With more lanes a generation is proposed from fewer results.
MOST = 64
_LEAST_GENERATIONS = 4  # where so many trials are asked for: one of all of them would learn from none
_SHARE = 0.5  # of the free memory: a compiler may take twice what shapes tell
_NUMBERS = 12  # bytes of a row beside its own: a target, a weight, its place among those that validate


@dataclass(frozen=True)
class LaneChoice:
    """Lanes of each worker, and why as many.

    Attributes
    ----------
    each : bytes that the largest default takes in a lane, as foretold; 0 where it is not known, as the others.
    shared : bytes of the rows, whose arrays lie on the device once.
    free : bytes that each worker finds.
    most : what bounds the lanes beside memory.
    """

    lanes: int
    each: int = 0
    shared: int = 0
    free: int = 0
    most: int = MOST

    def words(self) -> str:
        """The same in a sentence."""
        side = f"Each worker trains up to {counted(self.lanes, 'network')} of equal shape side by side"
        if self.lanes == 1:
            side = "Each worker trains one network at a time"
        if not self.free:
            return f"{side}, as the GPU does not say how much memory it has (--lanes N says how many)."
        return (
            f"{side}: one is foretold to take {size(self.each)} of the GPU's memory, and the rows {size(self.shared)}, "
            f"where {size(self.free)} are free for it; {self.most} at most (--lanes N says how many)."
        )


def fitting(free: int, each: int, shared: int, most: int) -> int:
    """The largest power of two of lanes that memory holds, up to so many; 1 at least.

    Parameters
    ----------
    free, each, shared : bytes, as of `LaneChoice`.
    """
    room = int((_SHARE * free - shared) / max(each, 1))
    return 1 << (max(1, min(room, most)).bit_length() - 1)


def decided(prepared: Prepared, journal: Journal, encoder_of: Callable[[str], Encoder]) -> int:
    """The lanes of a run, which its journal keeps from then on where honed has chosen them.

    A run that was planned before honed chose goes on as it was planned.

    Parameters
    ----------
    encoder_of : how the rows of the first fold are encoded in the way of that name.
    """
    asked = prepared.options.lanes
    if asked is not None:
        return asked
    if journal.decision("lanes") is None:
        if journal.decision("plan") is not None or devices.found(prepared.options) == CPU:
            return 1
        journal.decide("lanes", lambda: asdict(chosen(prepared, encoder_of)))
    return take(LaneChoice, journal.decision("lanes")).lanes


def outlined(prepared: Prepared) -> LaneChoice | int:
    """Those of a run that is not begun: what honed would choose, or their number where it would not."""
    options, family = prepared.options, prepared.family
    if options.lanes is not None or devices.found(options) == CPU:
        return options.lanes or 1
    source, train = prepared.source, prepared.splits.folds[0].train
    return chosen(prepared, lambda encoding: family.learn(source, train, encoding))


def told(journal: Journal) -> list[str]:
    """What honed has chosen in a run, in a sentence; nothing where it has not."""
    value = journal.decision("lanes")
    return [] if value is None else [take(LaneChoice, value).words()]


def chosen(prepared: Prepared, encoder_of: Callable[[str], Encoder]) -> LaneChoice:
    """By what the largest of the defaults is foretold to take."""
    free, trials = devices.free(prepared.options), prepared.options.trials
    most = MOST if trials is None else max(1, min(MOST, trials // _LEAST_GENERATIONS))
    if not free:
        return LaneChoice(1, most=most)
    source, family, usual = prepared.source, prepared.family, prepared.family.searched_encodings[0]
    rows = len(prepared.splits.folds[0].train)
    encoders = {usual: encoder_of(usual)}
    each, own = 0, 0
    for preset in family.presets(prepared.schema.target.task, rows, encoders[usual].inputs, 1):
        encoding = preset.encoding or usual
        if encoding not in encoders:
            encoders[encoding] = encoder_of(encoding)
        arguments = family.networks, preset.network, preset.training, encoders[encoding].inputs
        each = max(each, footprint.of_lane(*arguments, prepared.outputs, len(prepared.y)))
    one = source.at[:1] if isinstance(source, InBatches) else np.zeros(1, np.int32)
    for encoder in encoders.values():
        arrays = family.arrays(encoder.encode(source.take(one)))
        own = max(own, sum(array.nbytes for array in arrays.values()))
    folds = min(MOST_FOLDS, len(prepared.splits.folds) * len(encoders))
    shared = folds * len(prepared.y) * (own + _NUMBERS)
    return LaneChoice(fitting(free, each, shared, most), each, shared, free, most)
