"""Texts to scores and directions."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from honed import typed
from honed.encode import wordy
from honed.encode.encoder import Encoder, fit
from honed.encode.goals import of as goals_of
from honed.table import wordy as counted
from honed.table.columns import infer
from honed.table.read import Table, from_frame
from honed.typed import Misfit

ROWS = 400
DRAW = np.random.default_rng(0)
WORDS = tuple(f"w{place}" for place in range(80))
TEXTS = [" ".join(DRAW.choice(WORDS, DRAW.integers(3, 15))) for _ in range(ROWS)]
EFFECT = dict(zip(WORDS, DRAW.normal(size=80), strict=True))
Y = np.array([sum(EFFECT[word] for word in text.split()) for text in TEXTS]) + DRAW.normal(size=ROWS)
CELLS = pl.Series("c", [None, *TEXTS[1:]])
GOALS = goals_of(Y, 0)
LEARNED = wordy.learn("c", CELLS, WORDS, GOALS)


def weighed() -> np.ndarray:
    """By scikit-learn, from texts with an empty first one."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=list(WORDS))
    return vectorizer.fit_transform(["", *TEXTS[1:]]).toarray()


def test_a_text_is_scored_by_the_ridge_regression_that_does_not_know_its_part_and_a_new_one_by_all() -> None:
    found, weights = LEARNED.encode(CELLS, has_taught=True)[0], weighed()
    parts = counted.count(CELLS, WORDS).parts
    assert set(parts) == set(range(counted.PARTS)) and LEARNED.scores == 1
    told = []
    for penalty in (0.3, 1.0, 3.0, 10.0):
        expected, all_told = np.zeros(ROWS), []
        for part in range(counted.PARTS):
            ridge = Ridge(penalty, fit_intercept=False).fit(weights[parts != part], GOALS[parts != part, 0])
            all_told.append(ridge.predict(weights))
            expected[parts == part] = all_told[-1][parts == part]
        told.append((np.square(expected - GOALS[:, 0]).mean(), expected, np.mean(all_told, axis=0)))
    _, expected, of_new = min(told, key=lambda each: each[0])
    np.testing.assert_allclose(found, expected, atol=0.02)
    np.testing.assert_allclose(LEARNED.encode(CELLS)[0], of_new, atol=0.02)
    np.testing.assert_array_equal(LEARNED.encode(CELLS)[1:], LEARNED.encode(CELLS, has_taught=True)[1:])


def test_a_model_of_before_scores_new_texts_as_it_did() -> None:
    document = json.loads(json.dumps(asdict(LEARNED)))
    del document["by_all"]
    before = typed.take(wordy.Wordy, document, "texts")
    np.testing.assert_array_equal(before.encode(CELLS), LEARNED.encode(CELLS, has_taught=True))


def test_scores_of_training_rows_are_as_good_as_those_of_others() -> None:
    noise = DRAW.normal(size=ROWS)
    own = wordy.learn("c", CELLS[:200], WORDS, goals_of(noise[:200], 0)).encode(CELLS, has_taught=True)[0]
    assert abs(np.corrcoef(own[1:200], noise[1:200])[0, 1]) < 0.2
    real = wordy.learn("c", CELLS[:200], WORDS, goals_of(Y[:200], 0))
    told = real.encode(CELLS, has_taught=True)[0], real.encode(CELLS)[0]
    known, new, better = (
        np.corrcoef(own[part], Y[part])[0, 1]
        for own, part in ((told[0], slice(1, 200)), (told[0], slice(200, None)), (told[1], slice(200, None)))
    )
    assert known > 0.6 and abs(known - new) < 0.15 and better > new


def test_directions_are_the_leading_singular_vectors() -> None:
    weights = weighed()
    _, sizes, turned = np.linalg.svd(weights, full_matrices=False)
    found = np.array(LEARNED.encode(CELLS)[1:]).T
    assert found.shape == (ROWS, wordy.directions(WORDS)) == (ROWS, 10)
    first = weights @ turned[0]
    np.testing.assert_allclose(abs(np.corrcoef(found[:, 0], first)[0, 1]), 1, atol=1e-3)
    np.testing.assert_allclose(found.std(axis=0), 1, atol=0.01)
    basis, _ = np.linalg.qr(LEARNED.matrix[:, counted.PARTS :])
    assert np.linalg.norm(weights @ basis) ** 2 > 0.98 * (sizes[:10] ** 2).sum()


def test_few_different_texts_have_few_directions_and_finite_inputs() -> None:
    words = tuple(f"v{place}" for place in range(50))
    cells = pl.Series([" ".join(words[10 * (row % 5) :][:10]) for row in range(100)])
    learned = wordy.learn("c", cells, words, goals_of(np.arange(100.0) % 5, 0))
    found = np.array(learned.encode(cells))
    assert np.isfinite(learned.matrix).all() and np.isfinite(found).all()
    assert len(found) == 1 + wordy.directions(words) == 7 and np.linalg.matrix_rank(found[1:]) <= 5
    alike = wordy.learn("c", cells[:1].gather([0] * 30), words, goals_of(np.arange(30.0), 0))
    assert np.isfinite(alike.matrix).all()


def test_only_the_scores_of_rows_to_train_on_are_others() -> None:
    lists = [["a", "b"] if row % 3 else ["b"] for row in range(ROWS)]
    frame = pl.DataFrame({"c": TEXTS, "n": DRAW.normal(size=ROWS), "l": lists, "d": TEXTS[::-1], "y": Y})
    schema = infer(from_frame(frame), "y", texts=["c", "d"])
    train, frame = np.arange(0, ROWS, 2), schema.read(frame)
    made = fit(Table(frame, "t", ""), schema, train, y=Y[train])
    new, rows = made.encode(frame), made.encode_to_train(frame, train, schema, Y[train])
    kept = made.encode(frame, has_taught=True)
    np.testing.assert_array_equal(rows.numeric[train], kept.numeric[train])
    np.testing.assert_array_equal(rows.numeric[1::2], new.numeric[1::2])
    differ = (rows.numeric != new.numeric).any(axis=0)
    assert differ.sum() == 2 and made.texts[0].width == np.diff(np.flatnonzero(differ))[0]


def test_with_groups_there_are_directions_alone() -> None:
    groups = np.arange(ROWS) % 40
    frame = pl.DataFrame({"c": TEXTS, "g": groups, "y": Y})
    encoders = []
    for group in (None, "g"):
        schema = infer(from_frame(frame), "y", group=group, texts=["c"], exclude=[] if group else ["g"])
        encoders.append(fit(from_frame(frame), schema, np.arange(ROWS), y=Y))
    (without,), (with_groups,) = (encoder.texts for encoder in encoders)
    assert (without.scores, with_groups.scores) == (1, 0)
    assert with_groups.width == wordy.directions(with_groups.words)
    assert np.shape(with_groups.encode(CELLS)) == (with_groups.width, ROWS)
    assert Encoder.from_json(json.loads(json.dumps(encoders[1].to_json()))).texts == encoders[1].texts


def test_an_empty_text_is_nothing_and_a_row_is_the_same_in_any_company() -> None:
    whole = np.array(LEARNED.encode(CELLS))
    assert not whole[:, 0].any()
    for row in (0, 1, 7):
        np.testing.assert_array_equal(np.array(LEARNED.encode(CELLS[row : row + 1]))[:, 0], whole[:, row])
    np.testing.assert_array_equal(np.array(LEARNED.encode(pl.Series(["unknown words"]))), np.zeros((11, 1)))


def test_an_encoder_learns_from_its_rows_alone_and_is_read_again() -> None:
    cells = [None if row % 10 == 0 else text for row, text in enumerate(TEXTS)]
    table = Table(pl.DataFrame({"c": cells, "x": Y * 0 + np.arange(ROWS) % 7, "y": Y}), "t.csv", "")
    schema = infer(table, "y", texts=["c"])
    rows = np.arange(200)
    own = fit(table, schema, rows, y=Y[:200])
    assert own.inputs.flags == 1 + 1 + wordy.directions(schema.columns[0].levels)
    other = table.frame.with_columns(c=pl.Series([*cells[:200], *["w1"] * 200]))
    assert fit(Table(other, "t.csv", ""), schema, rows, y=Y[:200]).texts == own.texts
    document = json.loads(json.dumps(own.to_json()))
    again = Encoder.from_json(document)
    assert again.texts == own.texts
    np.testing.assert_array_equal(again.encode(table.frame).numeric, own.encode(table.frame).numeric)
    for name, value in (("weights", "AAAA"), ("weights", "%"), ("rarity", [1.0]), ("scores", 2)):
        damaged = {**document, "texts": [{**document["texts"][0], name: value}]}
        with pytest.raises(Misfit):
            Encoder.from_json(damaged)


def test_texts_are_scored_by_what_each_of_several_targets_says() -> None:
    kinds = np.array(["far", "near"])[(np.abs(Y) < 1).astype(int)]
    table = Table(pl.DataFrame({"c": TEXTS, "y": Y, "kind": kinds}), "t.csv", "")
    rows, far = np.arange(ROWS), (kinds == "near").astype(np.int32)
    schema = infer(table, "y", further=("kind",), texts=["c"])
    both = fit(table, schema, rows, y=np.stack([Y, far], axis=1))
    of_each = [
        fit(table, infer(table, name, exclude=[other], texts=["c"]), rows, y=y)
        for name, other, y in (("y", "kind", Y), ("kind", "y", far))
    ]
    found, *alone = (own.encode(table.frame, has_taught=True).numeric for own in (both, *of_each))
    assert both.texts[0].scores == 2
    for place, own in enumerate(alone):  # all scores have one penalty
        assert np.corrcoef(found[:, place], own[:, 0])[0, 1] > 0.9
    assert abs(np.corrcoef(found[:, 0], alone[1][:, 0])[0, 1]) < 0.5
