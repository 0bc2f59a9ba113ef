"""Pictures as a family: `IMAGE`, where each part of the contract says which module does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.families.image import encoder as encoding
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import BYTES, ImageInputs, Pictures
from honed.families.image.networks import NETWORKS
from honed.families.image.told import COMPARED, facts, told, words
from honed.families.usual import UsualFamily
from honed.family import Asked, Exported, Fitted, HowRead, Raw, Rivals
from honed.findings import Finding
from honed.nets.cnn_spec import CnnSpec
from honed.table.columns import Schema
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int, Shaped

    from honed.families.image.source import ImageSource
    from honed.report.facts import Network, RunFacts
    from honed.report.parts import Unseen
    from honed.search.options import Options
    from honed.table.split import Splits
    from honed.train.recipe import Preset

AS_THEY_ARE = "as they are"
_PICTURE_SECONDS = 2e-5  # that rules on data take for each, on one core


class ImageFamily(UsualFamily):
    """`honed.family.Family` for pictures of one size."""

    networks = NETWORKS
    specification = CnnSpec
    encodings = (AS_THEY_ARE,)
    searched_encodings = (AS_THEY_ARE,)
    plainest = "plain"
    compared = COMPARED

    def read(self, options: Options, places: Mapping[str, str]) -> ImageSource:
        """From folders, archives or tables of paths."""
        from honed.families.image.source import from_files

        return from_files(options, places)

    def settled(self, source: ImageSource, rows: Int[np.ndarray, " rows"]) -> ImageSource:
        """How pixels are scaled, the same for all folds."""
        return source.settled(rows)

    def learn(self, source: ImageSource, rows: Int[np.ndarray, " rows"], encoding: str) -> ImageEncoder:
        """The size, how pixels are scaled, as it was settled, and the column of paths."""
        from honed.families.image.source import inputs_of

        return ImageEncoder(source.inputs or inputs_of(source.pixels, rows, source.span), source.column)

    def encoder(self, value: JSON, place: str, schema: Schema) -> ImageEncoder:
        """See `ImageEncoder.from_json`."""
        return ImageEncoder.from_json(value, place)

    def inputs(self, value: JSON) -> ImageInputs:
        """See `ImageInputs.from_json`."""
        return ImageInputs.from_json(value)

    def arrays(self, rows: Pictures) -> dict[str, Shaped[np.ndarray, "rows height width channels"]]:
        """``pixels``."""
        return rows._asdict()

    def rows(self, arrays: Mapping[str, Shaped[np.ndarray, "rows height width channels"]]) -> Pictures:
        """Of ``pixels``."""
        return Pictures(arrays["pixels"])

    def raw(
        self, schema: Schema, encoder: ImageEncoder, rows: Raw
    ) -> Shaped[np.ndarray, "rows height width channels"]:
        """An array of pictures, a path, or a list of paths."""
        from honed.families.image.asked import at_paths, in_files

        return at_paths(rows, schema, encoder) if in_files(rows) else encoding.raw(rows)

    def asked(self, data: str, schema: Schema, encoder: ImageEncoder, how: HowRead) -> Asked:
        """See `honed.families.image.asked`."""
        from honed.families.image.asked import asked

        return asked(data, schema, encoder, how)

    def odd(self, schema: Schema, encoder: ImageEncoder, rows: Raw) -> list[str]:
        """Pictures that are one colour all over, or in another unit than those of training."""
        from honed.families.image.asked import blank
        from honed.families.image.scales import in_another_unit

        return [*blank(rows), *in_another_unit(rows, encoder.inputs)]

    def rivals(self, rows: Pictures, inputs: ImageInputs) -> Rivals:
        """See `honed.families.image.rivals`."""
        from honed.families.image.rivals import rivals

        return rivals(rows, inputs)

    def presets(self, task: str, rows: int, inputs: ImageInputs, epochs: int) -> tuple[Preset, ...]:
        """See `honed.families.image.presets`."""
        from honed.families.image.presets import presets

        return presets(task, rows, inputs, epochs)

    def most(self, rows: int, *, is_brief: bool) -> Mapping[str, int]:
        """Filters of the first stage."""
        from honed.families.image.presets import widest

        return {"channels": widest(is_brief=is_brief)}

    def look_seconds(self, schema: Schema) -> float:
        """By the number of pictures."""
        return schema.rows * _PICTURE_SECONDS

    def findings(self, source: ImageSource, splits: Splits, metric: str, encoding: str) -> list[Finding]:
        """See `honed.families.image.findings`."""
        from honed.families.image.findings import findings

        return findings(source, splits)

    def opening(self, schema: Schema) -> list[str]:
        """How many pictures there are."""
        return [f"Pictures: {schema.rows:,}."]

    def told(self, spec: CnnSpec) -> list[str]:
        """Without those that say nothing in this network."""
        return told(spec)

    def facts(self, spec: CnnSpec, inputs: ImageInputs, outputs: int) -> Network:
        """See `honed.families.image.told`."""
        return facts(spec, inputs, outputs)

    def words(self, spec: CnnSpec, outputs: int) -> str:
        """See `honed.families.image.told`."""
        return words(spec, outputs)

    @property
    def exports(self) -> Mapping[str, str]:
        """ONNX, and modules of PyTorch."""
        return {"onnx": ".onnx", "torch": ".py"}

    def export(self, model: Fitted, format: str, stem: str) -> Exported:
        """See `honed.families.exports`."""
        from honed.families.image import graph, pytorch

        return graph.exported(model) if format == "onnx" else pytorch.exported(model, stem)

    def made_rows(self, model: Fitted) -> Shaped[np.ndarray, "rows height width channels"]:
        """Pictures that grow brighter from one corner to the other."""
        inputs: ImageInputs = model.encoders[0].inputs
        shares = np.linspace(0, 1, 3 * inputs.height * inputs.width * inputs.channels).reshape(
            3, *inputs.shape
        )
        return shares.astype(np.float32) if inputs.is_float else (shares * BYTES).astype(np.uint8)

    def unseen(self, run: Path, facts: RunFacts, summary: Mapping[str, JSON], trained_again: bool) -> Unseen:
        """See `honed.families.image.unseen`."""
        from honed.families.image.unseen import unseen

        return unseen(run, summary, trained_again)


IMAGE = ImageFamily()
