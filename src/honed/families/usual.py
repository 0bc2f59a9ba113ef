"""What most families answer: nothing special. `UsualFamily` and `UsualNetworks`, from which others inherit it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.family import (
    Answer,
    Exported,
    Fitted,
    Inputs,
    Own,
    Parameters,
    Raw,
    Rows,
    Signs,
    Source,
    Specification,
    Uniform,
)
from honed.findings import Finding
from honed.table.columns import Schema
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from honed.report.facts import RunFacts
    from honed.report.parts import Unseen
    from honed.search.options import Options
    from honed.table.split import Splits
    from honed.train.spec import TrainingSpec


class UsualNetworks:
    """The part of `honed.family.Networks` on rows in which a network sees all there is."""

    def hides(self, inputs: Inputs) -> dict[int, float]:
        """Nothing."""
        return {}

    def augment(self, spec: Specification, inputs: Inputs, rows: Rows, uniform: Uniform) -> Rows:
        """As they are."""
        return rows

    def is_covered(
        self, inputs: Inputs, rows: Rows, train: Int[np.ndarray, " train"], valid: Int[np.ndarray, " valid"]
    ) -> bool:
        """Numbers have nothing that training rows could lack."""
        return True

    def neutral(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        train: Int[np.ndarray, " train"],
    ) -> Parameters:
        """As they are."""
        return params

    def settle(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Inputs,
        rows: Rows,
        train: Int[np.ndarray, " train"],
        asked: Int[np.ndarray, " asked"],
        answer: Answer | None = None,
    ) -> Parameters:
        """As they are."""
        return params


class UsualFamily:
    """The part of `honed.family.Family` that a family need not say."""

    @property
    def exports(self) -> Mapping[str, str]:
        """None."""
        return {}

    def glance(self, options: Options, places: Mapping[str, str]) -> Source | None:
        """None: reading is quick, or needs all rows."""
        return None

    def suiting_encodings(self, source: Source) -> Sequence[str]:
        """None."""
        return ()

    def idle_encodings(self, source: Source) -> Mapping[str, str]:
        """None."""
        return {}

    def settled(self, source: Own, rows: Int[np.ndarray, " rows"]) -> Own:
        """The source as it is."""
        return source

    def encoded(self, source: Own, encoder: Own, train: Int[np.ndarray, " train"]) -> Rows:
        """As the encoder has them: it says nothing of targets."""
        return encoder.encode(source.take(np.arange(len(source.y), dtype=np.int32)))

    def encoded_in_parts(self, encoder: Own, rows: Raw) -> Rows:
        """As the encoder has them."""
        return encoder.encode(rows)

    def odd(self, schema: Schema, encoder: Own, rows: Raw) -> list[str]:
        """Nothing is known to be."""
        return []

    def most(self, rows: int, *, is_brief: bool) -> Mapping[str, int]:
        """As far as the settings are declared to be searched."""
        return {}

    def idle(self, inputs: Inputs) -> Collection[str]:
        """None."""
        return ()

    def moves(self, spec: Specification, training: TrainingSpec, signs: Signs) -> list[Finding]:
        """None."""
        return []

    def known_to_rules(self, spec: Specification) -> Specification:
        """None: the rules go by curves and probes alone."""
        return None

    def look_seconds(self, schema: Schema) -> float:
        """There are no findings to wait for."""
        return 0.0

    def findings(self, source: Own, splits: Splits, metric: str, encoding: str) -> list[Finding]:
        """None."""
        return []

    def unexplained(
        self, findings: Iterable[Finding], known: Sequence[Finding], encoding: str
    ) -> list[Finding]:
        """All."""
        return list(findings)

    def doubts(
        self,
        source: Own,
        splits: Splits,
        metric: str,
        said: Float[np.ndarray, "said ..."],
        rows: Int[np.ndarray, " said"],
    ) -> list[Finding]:
        """None."""
        return []

    def export(self, model: Fitted, format: str, stem: str) -> Exported:
        """There is nothing to give; who has exports says so."""
        raise AssertionError(f"{format!r} is not among the exports")

    def unused(self, params: Parameters, spec: Specification, encoder: Own) -> list[str]:
        """None that have a name."""
        return []

    def unseen(
        self, run: Path, facts: RunFacts, summary: Mapping[str, JSON], trained_again: bool
    ) -> Unseen | None:
        """None."""
        return None
