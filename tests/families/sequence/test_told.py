"""A network for sequences in words."""

from __future__ import annotations

from honed.families.sequence.inputs import SequenceInputs
from honed.families.sequence.told import COMPARED, facts, told, words
from honed.nets.sequence_spec import SequenceSpec

BOTH = SequenceSpec(blocks=2, layers=1, bidirectional=True, width=8, hidden_sizes=(5,), pooling="mean")


def test_words_and_numbers_of_each_part() -> None:
    assert words(BOTH, 3) == "2 × conv 8, bidirectional gru 8, mean over time, dense 5, relu"
    assert words(SequenceSpec(cell="lstm", width=4), 3) == "lstm 4, last step"
    assert words(SequenceSpec(layers=0, random_kernels=500), 3) == "500 random kernels"
    assert facts(BOTH, SequenceInputs(10, 3, 2), 4) == {
        "inputs": 32,
        "hidden": [8, 8, 16, 5],
        "outputs": 4,
        "activation": "relu",
    }


def test_settings_that_decide_nothing_are_not_told() -> None:
    assert set(told(BOTH)) == set(COMPARED) - {"random_kernels", "memory"}
    recurrent = told(SequenceSpec())
    assert "cell" in recurrent and not {"kernel_size", "stride", "normalization", "activation"} & set(
        recurrent
    )
    assert not {"cell", "bidirectional"} & set(told(SequenceSpec(layers=0, blocks=1)))
    bare = told(SequenceSpec(layers=0, random_kernels=64))
    assert "width" not in bare and "pooling" in bare
