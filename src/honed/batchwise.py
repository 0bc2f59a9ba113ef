"""A model's answers to a large table, batch by batch: predictions into a file, or the scores of all rows.

What is written, and all that is said of the table, is what the whole table in one piece gives, but for what a batch
alone cannot tell.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from honed import predictions
from honed.encode.encoder import Encoder
from honed.errors import InputError, warn
from honed.lazily import pl
from honed.model import unfamiliar
from honed.model.model import Held
from honed.run import disk, terminal
from honed.table import bad_cells, outside
from honed.table.batches import Irregular, Said

if TYPE_CHECKING:
    from honed.encode.dates import Beyond
    from honed.evaluation import Evaluation
    from honed.model import Model
    from honed.model.model import Answer
    from honed.table.batches import Batch, Batches

_PIECE = 1 << 20  # bytes


@dataclass
class Told:
    """What was noticed in the batches so far."""

    model: Model
    unseen: dict[str, unfamiliar.Cells] = field(default_factory=dict)
    beyond: dict[str, Beyond] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)  # by the number of a target that is a quantity
    words: bad_cells.Bad = field(default_factory=lambda: bad_cells.Bad(0, []))  # for missing, new ones

    @property
    def encoder(self) -> Encoder:
        """One of the model's, which is of tables."""
        return cast("Encoder", self.model.encoders[0])

    def notice(self, asked: pl.DataFrame, answers: Sequence[Answer]) -> None:
        """Look at the cells of a batch and at its answers."""
        for name, cells in unfamiliar.count(self.model.schema, asked).items():
            self.unseen[name] = self.unseen[name].and_later(cells) if name in self.unseen else cells
        for name, found in self.encoder.beyond(asked).items():
            self.beyond[name] = self.beyond[name].and_of(found) if name in self.beyond else found
        for number, answer in enumerate(answers):
            if answer.probabilities is not None:
                continue
            one = self.held.get(number, Held(0, 0, False, False))
            two = self.model.held(answer.said, number)
            self.held[number] = Held(
                one.rows + two.rows, one.count + two.count, one.below or two.below, one.above or two.above
            )

    def notice_words(self, batch: Batch, asked: pl.DataFrame) -> None:
        """Count the words for missing that are new; `asked` are the batch's cells as the model reads them."""
        known = self.model.schema.words_for_missing()
        found = bad_cells.missing_words(batch.table.frame, asked, known, batch.before)
        self.words = self.words.and_later(found)

    def warn(self) -> None:
        """Give the warnings of all rows."""
        for sentence in unfamiliar.said_of(self.model.schema, self.unseen):
            warn(sentence)
        for sentence in self.encoder.said_of(self.beyond):
            warn(sentence)
        for number, held in self.held.items():
            self.model.warn_of_held(held, number)


class Asked(NamedTuple):
    """A batch with its cells as the model reads them, and its answers."""

    batch: Batch
    frame: pl.DataFrame
    answers: Sequence[Answer]


def answered(
    model: Model, batches: Batches, read: Callable[[Batch], pl.DataFrame], say: Callable[[str], None]
) -> Iterator[Asked]:
    """Each batch with its answers; what was understood and the warnings come after the last.

    So nothing is said of what is read whole after all.

    Parameters
    ----------
    read : the cells of a batch as the model reads them. say : is called with what was understood of the files.

    Raises
    ------
    InputError
        A cell or a column that the model cannot read: all such cells of all rows are counted.
    """
    told, said = Told(model), Said(batches)
    rest = iter(batches)
    try:
        for batch in rest:
            said.add(batch)
            frame = read(batch)
            if not frame.height:
                continue
            told.notice_words(batch, frame)
            try:
                answers = model.quiet_answers_each(frame)
            except InputError as error:
                raise _numbered(model, error, frame, batch.before, rest, read) from None
            told.notice(frame, answers)
            yield Asked(batch, frame, answers)
    except InputError:
        _say_all(said, say)
        raise
    _say_all(said, say)
    if told.words.count:
        say(bad_cells.said_of_words(*told.words))
    told.warn()


def _say_all(said: Said, say: Callable[[str], None]) -> None:
    for note in said.notes:
        say(note)
    said.warn()


def predict(
    model: Model,
    batches: Batches | None,
    out: Path | None,
    level: float | None = None,
    *,
    take_bad_as_missing: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> int | None:
    """Write the predictions, of a table's rows in their order, whole or not at all; how many.

    None, and nothing is written, where there are no batches, or they tell too little of the table: then it is to be
    read whole.

    Parameters
    ----------
    out : a CSV or Parquet file by its name; None is CSV on standard output. level, take_bad_as_missing, say : as
        `honed.predictions.predict` has them.

    Raises
    ------
    InputError
        A cell or a column that the model cannot read: with its place. Or the model has no intervals of that level.
    RunError
        The disk is full or refuses.
    """
    if batches is None:
        return None
    left_out: list[int] = []
    emptied, rows = bad_cells.Bad(0, []), 0

    def read(batch: Batch) -> pl.DataFrame:
        nonlocal emptied
        frame = model.schema.read(batch.table.frame, batch.table.source)
        if take_bad_as_missing:
            frame, bad = predictions.emptied(model, frame, batch.before)
            emptied = emptied.and_later(bad)
        return frame

    try:
        with _writer(out) as write:
            for batch, frame, answers in answered(model, batches, read, say):
                part = predictions.of_rows(model, frame, level, lambda _, own=answers: own)
                if batch.table.left_out:
                    part = predictions.spread(part, batch.table)
                    left_out += [batch.before + row for row in batch.table.left_out]
                rows += part.height
                write(part)
    except Irregular as irregular:
        batches.check_fits(irregular)
        return None
    if emptied.count:
        say(bad_cells.said_of_emptied(*emptied))
    if left_out:
        say(outside.said_of_left_out(left_out, rows))
    return rows


def evaluate(
    model: Model,
    batches: Batches | None,
    positive: str | None,
    say: Callable[[str], None],
    take_bad_as_missing: bool = False,
) -> Evaluation | None:
    """As `honed.evaluation.evaluate`; truth and answers of all rows are kept, and nothing else of them.

    None in the same cases as for `predict`.
    """
    if batches is None:
        return None
    from honed import evaluation

    parts, emptied = evaluation.Parts(model, batches.source, positive), bad_cells.Bad(0, [])

    def read(batch: Batch) -> pl.DataFrame:
        nonlocal emptied
        parts.check_has_target(batch.table)
        frame = model.schema.read(batch.table.frame, batch.table.source)
        if take_bad_as_missing:
            frame, bad = predictions.emptied(model, frame, batch.before, of_targets=True)
            emptied = emptied.and_later(bad)
        return frame

    try:
        for batch, frame, answers in answered(model, batches, read, say):
            parts.add(frame, answers, batch.before)
    except Irregular as irregular:
        batches.check_fits(irregular)
        return None
    if emptied.count:
        say(bad_cells.said_of_emptied(*emptied))
    return parts.scored()


def _numbered(
    model: Model,
    error: InputError,
    frame: pl.DataFrame,
    before: int,
    rest: Iterator[Batch],
    read: Callable[[Batch], pl.DataFrame],
) -> InputError:
    """The error with rows counted from the file's first, and of several bad cells all that are still to come."""
    names, dates = list[str](), list[str]()
    for encoder in model.encoders:
        assert isinstance(encoder, Encoder)  # of tables, as batches are
        names += encoder.continuous
        dates += [date.name for date in encoder.dates]
        try:
            encoder.encode(frame, before)
        except InputError as numbered:
            error = numbered
            break
    columns = [list(dict.fromkeys(own)) for own in (names, dates)]
    bad = bad_cells.count(frame, *columns, before=before)
    if not bad.count:
        return error
    for batch in rest:
        bad = bad.and_later(bad_cells.count(read(batch), *columns, before=batch.before))
    return error if bad.count == 1 else bad_cells.refusal(*bad)


@contextmanager
def _writer(out: Path | None) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Takes predictions part by part; they are there, all of them, where the block ends without an error."""
    if out is not None and predictions.is_parquet(out):
        with _parquet(out) as write:
            yield write
        return
    if out is not None:
        with disk.written(out) as file:
            yield _as_csv(file)
        return
    with ExitStack() as opened:
        with disk.working_data():
            file = opened.enter_context(tempfile.TemporaryFile())
        write = _as_csv(file)

        def guarded(part: pl.DataFrame) -> None:
            with disk.working_data():
                write(part)

        yield guarded
        with disk.working_data():
            file.seek(0)  # writes what is still held back
        while piece := file.read(_PIECE):
            terminal.write(piece)


def _as_csv(file: BinaryIO) -> Callable[[pl.DataFrame], None]:
    def write(part: pl.DataFrame) -> None:
        file.write(predictions.csv(part, header=file.tell() == 0))

    return write


@contextmanager
def _parquet(out: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Each part is a file of its own first, beside the one that they become."""
    with disk.refusals(out):
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            files: list[Path] = []

            def write(part: pl.DataFrame) -> None:
                files.append(folder / f"{len(files):08}.parquet")
                part.write_parquet(files[-1])

            yield write
            whole = folder / "whole.parquet"
            pl.scan_parquet(files, glob=False).sink_parquet(whole)
            disk.sync_entry(whole)
            whole.replace(out)
            disk.sync_entry(out.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
