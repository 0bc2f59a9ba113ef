"""`Model`: a weighted ensemble of networks that predicts tables; `load` reads one from a folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from safetensors.numpy import load_file, save_file

from honed.encode.encoder import Encoded, Encoder, Inputs
from honed.encode.target import TargetEncoder
from honed.errors import InputError, RunError
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.settings import build
from honed.table.columns import Schema

FORMAT = 2
_LEAST_SHARE = 1e-6  # of a class by a network that was trained by squared error


@dataclass(frozen=True)
class Member:
    """One trained network of an ensemble.

    Attributes
    ----------
    network, params : what `mlp.apply` needs.
    encoder : position in the model's encoders.
    target : how outputs become values; also says that outputs are logits (kind "classes").
    weight : share in the ensemble; a model's weights sum to 1.
    loss : what it was trained by: says how outputs of classes become probabilities.
    quantiles : the share that lies below each output, where the loss is "quantile".
    """

    network: NetworkSpec
    encoder: int
    target: TargetEncoder
    params: mlp.Parameters
    weight: float
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()

    def predict(self, inputs: Inputs, rows: Encoded, thinning: int | None = None) -> np.ndarray:
        """Probabilities float64 (rows, classes), or values float64 (rows,) in the target's units."""
        return decode(self.target, mlp.predict(self.params, self.network, inputs, rows, thinning), self.loss)


@dataclass(frozen=True)
class Model:
    """A schema, encoders, and the networks that vote.

    `temperature` divides the logarithm of the averaged probabilities (Guo et al. 2017, arXiv 1706.04599).
    """

    schema: Schema
    encoders: tuple[Encoder, ...]
    members: tuple[Member, ...]
    temperature: float = 1.0

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts in the order of the probabilities; empty for regression."""
        return self.schema.target.classes

    def probabilities(self, frame: pl.DataFrame) -> np.ndarray:
        """float64 (rows, classes), each row positive and summing to 1."""
        return sharpen(self._average(frame), self.temperature)

    def values(self, frame: pl.DataFrame) -> np.ndarray:
        """float64 (rows,) in the target's own units."""
        return self._average(frame)

    def samples(self, frame: pl.DataFrame, count: int) -> np.ndarray:
        """What `count` networks say that dropout makes of this one: probabilities or values, samples first.

        Raises
        ------
        InputError
            No network of the model has dropout, or the count is below 1.
        """
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise InputError(f"samples is {count!r}, but it must be a whole number of 1 or more.")
        if not any(any(m.network.dropouts) or m.network.input_dropout for m in self.members):
            raise InputError(
                "The network has no dropout, so all samples would be the same. Train with dropout, say 0.2, or leave "
                "samples out."
            )
        drawn = [self._average(frame, thinning) for thinning in range(count)]
        return np.stack([sharpen(each, self.temperature) if self.classes else each for each in drawn])

    def quantiles(self, frame: pl.DataFrame) -> tuple[tuple[float, ...], np.ndarray] | None:
        """The shares, and float64 (rows, shares) values below which those parts lie; None without quantiles.

        Each row's values rise: where outputs cross they are sorted (Chernozhukov et al. 2010, arXiv 0704.3649).
        """
        member = self.members[0]
        if member.loss != "quantile":
            return None
        encoder = self.encoders[member.encoder]
        outputs = mlp.predict(member.params, member.network, encoder.inputs, encoder.encode(frame))
        return member.quantiles, np.sort(member.target.decode(outputs), axis=1)

    def predict(self, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """Labels (texts) and probabilities for classes, or values and None for regression.

        Raises
        ------
        InputError
            The table does not fit the schema: a column is missing, or text stands in a numeric column.
        """
        if not self.classes:
            return self.values(frame), None
        probabilities = self.probabilities(frame)
        return np.array(self.classes, dtype=object)[probabilities.argmax(axis=1)], probabilities

    def save(self, folder: Path) -> None:
        """Write `model.json` and `weights.safetensors` into an existing folder."""
        weights = {
            f"{number}/{name}": np.ascontiguousarray(value)
            for number, member in enumerate(self.members)
            for name, value in member.params.items()
        }
        document = {
            "format": FORMAT,
            "schema": self.schema.to_json(),
            "encoders": [encoder.to_json() for encoder in self.encoders],
            "temperature": self.temperature,
            "members": [
                {
                    "network": asdict(member.network),
                    "encoder": member.encoder,
                    "target": member.target.to_json(),
                    "weight": member.weight,
                    "loss": member.loss,
                    "quantiles": list(member.quantiles),
                    "arrays": list(member.params),
                }
                for member in self.members
            ],
        }
        save_file(weights, folder / "weights.safetensors")
        (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n")

    def _average(self, frame: pl.DataFrame, thinning: int | None = None) -> np.ndarray:
        encoded: dict[int, Encoded] = {}
        total: Any = 0.0
        for member in self.members:
            encoder = self.encoders[member.encoder]
            if member.encoder not in encoded:
                encoded[member.encoder] = encoder.encode(frame)
            total = total + member.weight * member.predict(encoder.inputs, encoded[member.encoder], thinning)
        return total


def load(path: str | Path) -> Model:
    """The model in a run's folder, or in a folder that `Model.save` wrote; works while the run goes on.

    Raises
    ------
    InputError
        There is no such folder, or no model in it yet.
    """
    from honed.run.folder import read_whole

    path = Path(path)
    folder = path / "model" if (path / "model").is_dir() else path
    if not (folder / "model.json").is_file():
        there = "There is no model in it yet; wait a few seconds, or look at its journal.jsonl."
        raise InputError(
            f"No model found at {str(path)!r}. "
            + (
                there
                if (path / "journal.jsonl").exists()
                else "Give the folder that `honed fit --out` wrote."
            )
        )
    return read_whole(folder, _read)


def decode(target: TargetEncoder, outputs: np.ndarray, loss: str = "auto") -> np.ndarray:
    """Network outputs to probabilities (rows, classes), or to values (rows,) in the target's units.

    Outputs trained by squared error on classes are shares already: those below 0 count as nearly 0. Of several
    quantiles the middle one is the value.
    """
    if target.kind != "classes":
        return target.decode(outputs[:, outputs.shape[1] // 2])
    if loss == "squared":
        shares = np.maximum(np.asarray(outputs, np.float64), _LEAST_SHARE)
        return shares / shares.sum(axis=1, keepdims=True)
    return softmax(outputs)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities by row, float64."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def sharpen(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities whose logarithms are divided by the temperature; never exactly 0."""
    floor = np.finfo(np.float32).tiny
    if temperature == 1.0:
        kept = np.maximum(probabilities, floor)
        return kept / kept.sum(axis=1, keepdims=True)
    return np.maximum(softmax(np.log(np.maximum(probabilities, floor)) / temperature), floor)


def _read(folder: Path) -> Model:
    document = json.loads((folder / "model.json").read_text())
    if document["format"] != FORMAT:
        raise RunError(
            f"The model in {folder} has format {document['format']}, but this honed reads format {FORMAT}. "
            "Install the version of honed that wrote it (see run.json)."
        )
    arrays = load_file(folder / "weights.safetensors")
    members = []
    for number, member in enumerate(document["members"]):
        (network,) = build([NetworkSpec], member["network"])
        params = {name: arrays[f"{number}/{name}"] for name in member["arrays"]}
        target = TargetEncoder.from_json(member["target"])
        members.append(
            Member(
                network,
                member["encoder"],
                target,
                params,
                member["weight"],
                member["loss"],
                tuple(member["quantiles"]),
            )
        )
    encoders = tuple(Encoder.from_json(encoder) for encoder in document["encoders"])
    return Model(Schema.from_json(document["schema"]), encoders, tuple(members), document["temperature"])
