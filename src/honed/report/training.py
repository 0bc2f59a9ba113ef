"""What went on inside trainings: learning curves, what was measured before the first step, and layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from honed import passes
from honed.figures import capital, counted, figure
from honed.report.files import Files, Ranked, ranking
from honed.report.parts import BatchSearch, Curves, Layers, Leader, Numbers, RangeTest, ThroughTime
from honed.run import disk
from honed.run.arrays import unpack
from honed.typed import JSON, Misfit

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_LEADERS = 4  # whose curves are drawn


def leaders(files: Files) -> list[Leader]:
    """Curves of the best fully trained networks on their first fold, or of the one trained by hand."""
    if files.by_hand:
        ranked = [Ranked(0, r.get("loss"), [r]) for r in files.results.values()]
    else:
        ranked = ranking(files)[0][:_LEADERS]
    return [
        leader(
            each.number,
            "the network" if files.by_hand else each.records[0].get("candidate", f"trial {each.number}"),
            None if each.loss is None else files.sign * each.loss,
            each.records[0],
        )
        for each in ranked
    ]


def leader(number: int, name: str, score: float | None, record: Mapping[str, JSON]) -> Leader:
    """A candidate and its `score`, with the curves in the journal's record of its first training."""
    best = record["best_epoch"]
    train, valid = (_numbers(record[name]) for name in ("train_loss", "valid_loss"))
    low, high = (train[best - 1], valid[best - 1]) if best and not record["diverged"] else (None, None)
    found: Leader = {
        "number": number,
        "name": name,
        "score": score,
        "train": train,
        "valid": valid,
        "best_epoch": best,
        "diverged": record["diverged"],
        "gap": low / high if low is not None and high is not None and high > 0 else None,
    }
    if "passes" in record:
        found["passes"] = record["passes"]
    return found


def curves(leaders: list[Leader], keeps_last: bool = False) -> Curves | None:
    """Their learning curves; `keeps_last` where the last epoch is kept by request."""
    if not leaders:
        return None
    first = leaders[0]
    train, valid_loss = ([math.nan if v is None else v for v in first[name]] for name in ("train", "valid"))
    valid = [value for value in valid_loss if not math.isnan(value)]
    epochs, best = len(first["train"]), first["best_epoch"]
    when = passes.When(first)
    if first["diverged"]:
        kept = f"{when.called(best)} is kept" if best else "nothing of it is kept"
        says = f"{first['name']} stopped being a number in {when.called(epochs)}; {kept}."
    elif not valid or not best:
        says = f"{first['name']} trained for {when.counted(epochs)}."
    elif keeps_last:
        least = int(np.nanargmin(valid_loss))
        says = (
            f"{first['name']} keeps {when.called(best)}, the last; on rows that chose nothing its loss was least in "
            f"{when.called(least + 1)} ({figure(valid_loss[least])}) and ends at {figure(valid[-1])}."
        )
    elif epochs - best <= epochs // 20:
        says = (
            f"{first['name']} is best at {when.called(best)} of {when.number(epochs)}: it was still improving when it "
            "ended."
        )
    else:
        says = (
            f"{first['name']} is best at {when.called(best)} of {when.number(epochs)}, with "
            f"{figure(valid_loss[best - 1])} on "
            f"validation rows; after that its validation loss goes to {figure(valid[-1])} while the training loss "
            f"goes from {figure(train[best - 1])} to {figure(train[-1])}."
        )
    return {"says": capital(says), "leaders": leaders}


def range_test(files: Files) -> RangeTest | None:
    """What "auto" measured for the learning rate of a network trained by hand."""
    test = files.result().get("range_test")
    if not test:
        return None
    return cast(RangeTest, {"says": f"{capital(test['said'])}.", **test})


def batch_search(files: Files) -> BatchSearch | None:
    """What "auto" measured for its batch size."""
    search = files.result().get("batch_search")
    if not search:
        return None
    said = f"{counted(search['batch_size'], 'row')} in a step: {search['said']}."
    return cast(BatchSearch, {"says": said, **search})


def layers(files: Files) -> Layers | None:
    """Gradients and activations by layer at the first, a middle and the last probed epoch."""
    path = files.path / "record.safetensors"
    if not path.exists():
        return None
    try:
        probes = unpack(disk.read_file(path)).arrays
    except (OSError, Misfit) as error:
        said = error.strerror if isinstance(error, OSError) else error
        files.left_out.append(
            f"The curves inside the network are left out, as {path.name} is damaged: {said}."
        )
        return None
    if "gradient" not in probes:
        return None
    gradient = np.asarray(probes["gradient"], np.float64)
    count = len(gradient)
    numbers = probes.get("epochs", np.arange(1, count + 1))
    chosen = sorted({0, count // 2, count - 1})
    last = gradient[-1]
    finite = last[np.isfinite(last) & (last > 0)]
    sample = f" of a short training on {counted(int(probes['rows']), 'row')}" if "rows" in probes else ""
    says = f"Gradients were measured in {counted(count, 'epoch')}{sample}"
    if len(finite) > 1:
        ratio = finite.max() / finite.min()
        says += f"; in the last one the largest layer's is {figure(ratio)} times the smallest's" + (
            ", so some layers hardly learn" if ratio > 1e3 else ""
        )
    names = ("gradient", "update", "activation_mean", "activation_std", "dead", "saturated")
    measured = {name: np.asarray(probes[name])[chosen].tolist() for name in names if name in probes}
    epochs = [int(numbers[place]) for place in chosen]
    found = cast(Layers, {"says": says + ".", "epochs": epochs, **measured})
    if "by_step" in probes and probes["by_step"].size:
        by_layer = probes["by_step"][chosen].swapaxes(0, 1)
        found["through_time"] = [_through_time(own, probes["back"][-1], epochs[-1]) for own in by_layer]
    return found


def _through_time(
    sizes: Float[np.ndarray, "epochs back"], back: Int[np.ndarray, " back"], epoch: int
) -> ThroughTime:
    """The gradient of one recurrent layer by steps, and what is left of it in the last of the epochs."""
    last = sizes[-1].astype(np.float64)
    if not np.isfinite(last).all():
        says = f"In epoch {epoch} the gradient by time step was not finite."
    elif last.max() <= 0:
        says = f"In epoch {epoch} the gradient is 0 at every step."
    else:
        says = (
            f"In epoch {epoch} the gradient of the first of {int(back[-1]) + 1:,} steps is "
            f"{figure(last[-1] / last.max())} of the largest step's."
        )
    return {
        "says": says,
        "back": [int(step) for step in back],
        "gradient": [_numbers(row) for row in sizes.tolist()],
    }


def _numbers(values: Iterable[JSON]) -> Numbers:
    return [value if value is not None and math.isfinite(value) else None for value in values]
