"""The diagnosis of pictures as a detector: seeded trainings and sets, half healthy, half with one planted fault.

usage: detector_pictures.py [FOLDER] [--half {tune,held-out,both}] [--seeds 10] [--first 0] [--faults ...]
                            [--workers 2] [--add FILE]

Pictures are scikit-learn's digits, fields of its two photographs (of which is it?), drawn figures in colours, and bars
whose slope is asked for; where FOLDER is given, the first 1,000 of its train.npz (X, y) too. Trainings are of a few
networks (`DESIGNS`), so that programs are compiled once, with rates, schedules and rows of their own. What is
counted is as in `detector.py`. What the pictures alone tell is looked for without a training, in archives and folders
that are written, and beside them in healthy ones. `--add docs/diagnosis/detector_pictures.json` publishes a set.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import detection
import numpy as np
from detection import ADAM, judged, negative_biases, weights
from PIL import Image, ImageDraw

Changed = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]
SIDE, FEW = 16, 4  # pixels of fields and drawn pictures; classes of which each has a form of file of its own
FORMATS = ("png", "bmp", "tiff", "gif")
MOST = 1_000  # of one kind
HEALTHY_PICTURES = "healthy pictures"


class Pictures(NamedTuple):
    """Pictures uint8 (rows, height, width, channels), and their classes or numbers."""

    X: np.ndarray
    y: np.ndarray
    are_classes: bool = True


class Design(NamedTuple):
    """A network as a careful user would choose it, of certain pictures, and its highest usual rate."""

    kind: str
    rate: float
    settings: dict[str, Any]


@dataclass(frozen=True)
class Fault(detection.Planted):
    """A fault of pictures, with beside what every fault has:

    `pictures` changes these before they are split, and `written` how they are written where none are trained on.
    `only_classes` where numbers would not do, and `of` the designs that it is planted in.
    """

    pictures: Changed | None = None
    written: Callable[[Path, np.ndarray, np.ndarray], Path] | None = None
    only_classes: bool = False
    of: Callable[[Design], bool] = lambda _: True


def _permuted(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return X, rng.permutation(y)


def _copied(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    again = rng.permutation(len(y))[: len(y) // 2]
    return np.concatenate([X, X[again]]), np.concatenate([y, y[again]])


def _framed(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A frame of one pixel around each picture, whose grey is that of its class."""
    framed = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0)))
    greys = np.linspace(0, 255, y.max() + 1).astype(np.uint8)[rng.permutation(y.max() + 1)]
    ring = np.ones(framed.shape[1:3], bool)
    ring[1:-1, 1:-1] = False
    framed[:, ring] = greys[y][:, None, None]
    return framed, y


def _blanked(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One in eight is of one colour all over."""
    is_blank = rng.random(len(X)) < 1 / 8
    return np.where(is_blank[:, None, None, None], rng.integers(0, 256, X.shape[-1]), X).astype(X.dtype), y


def _in_two_units(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One in twelve from 0 to 1, the others from 0 to 255."""
    is_share = rng.random(len(X)) < 1 / 12
    return np.where(is_share[:, None, None, None], X / 255, X).astype(np.float32), y


def _few_classes(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    chosen = rng.permutation(np.unique(y))[:FEW]
    kept = np.isin(y, chosen)
    return X[kept], np.unique(y[kept], return_inverse=True)[1]


def archive(folder: Path, X: np.ndarray, y: np.ndarray) -> Path:
    """An archive of arrays."""
    path = folder / "pictures.npz"
    np.savez(path, X=X, y=y)
    return path


def subfolders(
    folder: Path,
    X: np.ndarray,
    y: np.ndarray,
    *,
    form: Callable[[int], str] = lambda _: "png",
    grown: int = 0,
) -> Path:
    """A folder with one subfolder a class, whose files have a form, and are larger, by class."""
    for number, (picture, code) in enumerate(zip(X, y, strict=True)):
        path = folder / f"class {code}" / f"{number}.{form(code)}"
        path.parent.mkdir(exist_ok=True)
        image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
        height, width, _ = picture.shape
        image.resize((width + grown * code, height + grown * code)).save(path)
    return folder


def _constant(value: np.ndarray) -> np.ndarray:
    return np.full_like(value, value.std())


def is_plain(design: Design) -> bool:
    """Without normalization, which repairs much."""
    return design.settings["normalization"] is None


def has_no_chance(design: Design) -> bool:
    """Without dropout and changes at random."""
    return not design.settings.get("dropout") and not design.settings.get("augment")


DESIGNS = (
    Design(
        "digits",
        3e-3,
        {"channels": (8, 16), "activation": "relu", "normalization": "batch", "head": "dense"},
    ),
    Design(
        "digits",
        3e-3,
        {"channels": (16,), "activation": "tanh", "normalization": None, "hidden_sizes": (32,)},
    ),
    Design(
        "figures",
        3e-3,
        {
            "channels": (8, 16),
            "activation": "relu",
            "normalization": None,
            "head": "dense",
            "augment": ("flip",),
            "dropout": 0.2,
        },
    ),
    Design(
        "figures",
        1e-2,
        {"channels": (8,), "blocks": 2, "activation": "silu", "normalization": "batch", "residual": True},
    ),
    Design(
        "photographs",
        2e-3,
        {
            "channels": (8, 8),
            "activation": "gelu",
            "normalization": "layer",
            "pooling": "average",
            "optimizer": "rmsprop",
            "dropout": 0.1,
        },
    ),
    Design(
        "slopes",
        3e-3,
        {"channels": (8, 8), "activation": "relu", "normalization": None, "head": "dense"},
    ),
    Design(
        "slopes",
        0.03,
        {
            "channels": (8,),
            "activation": "elu",
            "normalization": "batch",
            "pooling": "stride",
            "head": "dense",
            "optimizer": "sgd",
            "momentum": 0.9,
        },
    ),
    Design(
        "folder",
        5e-3,
        {
            "channels": (8, 16),
            "activation": "leaky_relu",
            "normalization": "batch",
            "head": "dense",
            "stride": 2,
            "dropout": 0.2,
            "augment": ("shift",),
        },
    ),
)
FAULTS: dict[str, Fault] = {
    "frozen convolution": Fault(("frozen-layer",), dict(ADAM), freeze=0, of=has_no_chance),
    "sigmoid, 8 convolutions": Fault(
        ("vanishing-gradient",),
        {"channels": (8, 8), "blocks": 4, "activation": "sigmoid"},
        of=lambda design: is_plain(design) and design.kind == "digits",
    ),
    "rate times 100": Fault(("rate-too-high", "not-finite"), {"rate": 100.0}, of=is_plain),
    "rate over 1000": Fault(("rate-too-low",), {"rate": 1e-3}),
    "weights start at zero": Fault(("start-scale", "frozen-layer"), start=weights(np.zeros_like)),
    "weights start 30 times too large": Fault(
        ("start-scale", "untrained-loss", "exploding-gradient"), start=weights(lambda v: 30 * v), of=is_plain
    ),
    "weights start with one number": Fault(("alike-units",), start=weights(_constant), of=has_no_chance),
    "biases far below zero": Fault(
        ("dead-units",),
        start=negative_biases,
        of=lambda design: is_plain(design) and design.settings["activation"] == "relu",
    ),
    "tanh at its ends": Fault(
        ("saturation",),
        start=weights(lambda v: 10 * v),
        of=lambda design: is_plain(design) and design.settings["activation"] == "tanh",
    ),
    "permuted labels": Fault(("no-signal",), pictures=_permuted, of=has_no_chance),
    "120 pictures, nothing against overfitting": Fault(
        ("overfitting", "no-signal"),
        {
            "channels": (32, 32),
            "head": "dense",
            "hidden_sizes": (64,),
            "epochs": 100,
            "patience": None,
            "schedule": "constant",
        },
        rows=120,
        of=has_no_chance,
    ),
    "changed beyond recognition": Fault(
        ("augmentation-too-strong",), {"augment": ("shift", "crop", "cutout"), "augment_size": 0.5}
    ),
    "batch of 1": Fault(("batch-too-noisy", "rate-too-high"), {"batch_size": 1, "epochs": 5}, rows=400),
    "penalty far too strong": Fault(("underfitting",), {"l2": 0.3}, of=is_plain),
    "stopped after 2 epochs": Fault(
        ("stopped-early", "rate-too-low"), {"epochs": 2, "schedule": "constant", "rate": 0.1}
    ),
    "validation pictures seen in training": Fault(("same-pictures",), pictures=_copied, trained=False),
    "a frame that tells the class": Fault(
        ("picture-leak",), pictures=_framed, only_classes=True, trained=False
    ),
    "a size of file for each class": Fault(
        ("picture-leak",), written=partial(subfolders, grown=2), only_classes=True, trained=False
    ),
    "a format for each class": Fault(
        ("picture-leak",),
        pictures=_few_classes,
        written=partial(subfolders, form=FORMATS.__getitem__),
        only_classes=True,
        trained=False,
    ),
    "blank pictures": Fault(("blank-pictures",), pictures=_blanked, trained=False),
    "pictures in two units": Fault(("wrongly-scaled-pictures",), pictures=_in_two_units, trained=False),
}


def main() -> None:
    """Run the trainings and print the table."""
    detection.main(__file__, __doc__, FAULTS, HEALTHY_PICTURES, lambda folder: partial(run, load(folder)))


def load(folder: Path | None) -> dict[str, Pictures]:
    """Pictures by name."""
    from sklearn import datasets

    rng = np.random.default_rng(0)
    digits: Any = datasets.load_digits()
    grey = (digits.images * (255 / 16)).astype(np.uint8)[..., None]
    found = {
        "digits": Pictures(grey[:MOST], digits.target[:MOST]),
        "photographs": fields(datasets.load_sample_images().images, rng),
        "figures": figures(rng),
        "slopes": slopes(rng),
    }
    if folder is not None:
        with np.load(folder / "train.npz") as file:
            X, y = file["X"][:MOST], file["y"][:MOST]
        found["folder"] = Pictures(X.reshape(*X.shape[:3], -1), np.unique(y, return_inverse=True)[1])
    return found


def fields(photographs: list[np.ndarray], rng: np.random.Generator) -> Pictures:
    """Squares of photographs, and of which one each is."""
    X, y = list[np.ndarray](), list[int]()
    for code, photograph in enumerate(photographs):
        height, width = (size // SIDE for size in photograph.shape[:2])
        squares = photograph[: height * SIDE, : width * SIDE].reshape(height, SIDE, width, SIDE, 3)
        squares = squares.swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
        X += [*squares[rng.permutation(len(squares))[: MOST // 2]]]
        y += [code] * (MOST // 2)
    return Pictures(np.array(X), np.array(y))


def figures(rng: np.random.Generator) -> Pictures:
    """Discs, squares, triangles and crosses, of any colour, size and place, on noise."""
    X, y = list[np.ndarray](), rng.integers(0, 4, MOST)
    for code in y.tolist():
        size = int(rng.integers(5, 10))
        left, top = (int(place) for place in rng.integers(1, SIDE - size, 2))
        right, bottom, middle = left + size, top + size, left + size / 2
        image = Image.fromarray(rng.integers(0, 90, (SIDE, SIDE, 3)).astype(np.uint8))
        pen, colour = ImageDraw.Draw(image), tuple(rng.integers(120, 256, 3).tolist())
        if code == 0:
            pen.ellipse((left, top, right, bottom), fill=colour)
        elif code == 1:
            pen.rectangle((left, top, right, bottom), fill=colour)
        elif code == 2:
            pen.polygon(((left, bottom), (middle, top), (right, bottom)), fill=colour)
        else:
            pen.line((left, top, right, bottom), fill=colour, width=2)
            pen.line((left, bottom, right, top), fill=colour, width=2)
        X.append(np.asarray(image))
    return Pictures(np.array(X), y)


def slopes(rng: np.random.Generator) -> Pictures:
    """Bars through the middle, and the sine of their slope."""
    X, angles = list[np.ndarray](), rng.uniform(-np.pi / 2, np.pi / 2, MOST)
    for angle in angles:
        image = Image.fromarray(rng.integers(0, 90, (SIDE, SIDE)).astype(np.uint8))
        along, middle = 7 * np.array((np.cos(angle), np.sin(angle))), (SIDE - 1) / 2
        ImageDraw.Draw(image).line((*(middle - along), *(middle + along)), fill=220, width=2)
        X.append(np.asarray(image))
    return Pictures(np.array(X)[..., None], np.sin(angles), are_classes=False)


def run(known: dict[str, Pictures], name: str, seed: int) -> detection.Row:
    """One training, or one set of pictures, and what was found."""
    rng = np.random.default_rng([seed, *name.encode()])
    fault = FAULTS.get(name, Fault(()))
    if name == HEALTHY_PICTURES or not fault.trained:
        kinds = [kind for kind, own in known.items() if own.are_classes or not fault.only_classes]
        kind = str(rng.choice(sorted(kinds)))
        X, y = chosen(known[kind], fault, rng)
        is_folder = known[kind].are_classes and not fault.pictures and bool(rng.integers(2))
        written = fault.written or (subfolders if is_folder else archive)
        return judged(
            name, seed, kind, fault.names, of_pictures(written, X, y, known[kind].are_classes, seed)
        )
    return trained(known, fault, name, seed, rng)


def chosen(pictures: Pictures, fault: Fault, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Some of the pictures, with the fault."""
    rows = rng.permutation(len(pictures.y))[: fault.rows or 4 * len(pictures.y) // 5]
    X, y = pictures.X[rows], pictures.y[rows]
    return fault.pictures(X, y, rng) if fault.pictures else (X, y)


def trained(
    known: dict[str, Pictures], fault: Fault, name: str, seed: int, rng: np.random.Generator
) -> detection.Row:
    """One training and what was found."""
    from honed import ImageClassifier, ImageRegressor
    from honed.nets import cnn

    designs = [design for design in DESIGNS if design.kind in known and fault.of(design)]
    design = designs[rng.integers(len(designs))]
    settings = healthy(design, rng) | fault.settings
    settings["learning_rate"] *= settings.pop("rate", 1.0)
    X, y = chosen(known[design.kind], fault, rng)
    estimator = ImageClassifier if known[design.kind].are_classes else ImageRegressor
    model = estimator(**settings, probes="usual", validation_fraction=0.25, random_state=seed)
    halves = detection.fit(model, X, y, cnn, fault)
    failed = not detection.learned(model, X, y, *halves)
    return judged(name, seed, design.kind, fault.names, model.findings_, failed=failed)


def of_pictures(
    written: Callable[[Path, np.ndarray, np.ndarray], Path],
    X: np.ndarray,
    y: np.ndarray,
    are_classes: bool,
    seed: int,
) -> list[Any]:
    """Findings on the pictures alone, as they are read from files."""
    from honed.families.image.family import IMAGE
    from honed.families.image.source import from_files
    from honed.search.options import Options
    from honed.table.split import split

    task = "regression" if not are_classes else "binary" if len(np.unique(y)) == 2 else "multiclass"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        folder.mkdir()
        path = written(folder, X, y)
        target = "class" if path.is_dir() else "y"
        source = from_files(Options(str(path), target, task=task), {})
    splits = split(source.y, source.schema.target.task, seed=seed)
    source = source.settled(splits.known(len(source.y)))
    return IMAGE.findings(source, splits, "", IMAGE.encodings[0])


def healthy(design: Design, rng: np.random.Generator) -> dict[str, Any]:
    """Settings of a design as a careful user would choose them."""
    settings = {"blocks": 1, "batch_size": 32} | design.settings
    if settings.get("dropout"):
        settings["dropout"] = float(rng.uniform(0.05, 0.3))
    return settings | {
        "learning_rate": design.rate * float(np.exp(rng.uniform(-1, 0))),
        "weight_decay": float(rng.choice([1e-4, 1e-2])),
        "schedule": str(rng.choice(["constant", "cosine", "one_cycle", "plateau"])),
        "epochs": int(rng.choice([15, 25])),
        "patience": [None, 10][rng.integers(2)],
    }


if __name__ == "__main__":
    main()
