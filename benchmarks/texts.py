"""Tables of one text column: `honed fit` beside ridge or logistic regression on tf-idf.

usage: texts.py FOLDER [--budget 60] [--seeds 0] [--tables NAME ...] [--classes] [--json FILE]

FOLDER is the unpacked source of vaderSentiment (`pip download --no-deps --no-binary :all: vaderSentiment`), which ships
four files of texts with the mean rating of twenty people (Hutto & Gilbert 2014): tweets and sentences of product
reviews, film reviews and newspaper editorials. A quarter of them, of whole reviews and editorials where the file tells
them, is seen by neither side. The target is the rating, or with `--classes` whether it is above the median. The
regressions choose their penalty by cross-validation, which takes seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

TABLES = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")
UNSEEN = 0.25
Frame = Any  # pandas does not say what indexing gives


def main() -> None:
    """Run the tables and print a line for each."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--classes", action="store_true")
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    runs: list[dict[str, Any]] = []
    metric = "log-loss" if a.classes else "rmse"
    print(f"{'table':22}{'rows':>7}{'metric':>10}{'honed':>9}{'tf-idf':>9}{'ratio':>7}  seconds", flush=True)
    for name in a.tables:
        train, test = halves(read(a.folder, name, a.classes))
        beside, took = regression(train, test, a.classes)
        own = [honed(train, test, a.classes, a.budget, seed) for seed in a.seeds]
        score, seconds = (statistics.mean(found) for found in zip(*own, strict=True))
        runs.append({"table": name, "metric": metric, "honed": [one for one, _ in own], "tf-idf": beside})
        line = f"{name:22}{len(train):7,}{metric:>10}{score:9.4f}{beside:9.4f}{score / beside:7.3f}"
        print(f"{line}  {seconds:.0f} and {took:.0f}", flush=True)
        if a.json:
            a.json.write_text(json.dumps(runs, indent=1))
    better = sum(statistics.mean(run["honed"]) < run["tf-idf"] for run in runs)
    print(f"honed is better on {better} of {len(runs)}")


def read(folder: Path, name: str, classes: bool) -> Frame:
    """Texts, their targets, and what each is a part of."""
    (path,) = folder.rglob(f"{name}_GroundTruth.txt")
    lines = path.read_text("utf-8", errors="replace").splitlines()
    parts = [line.split("\t") for line in lines]
    found = pd.DataFrame([part for part in parts if len(part) == 3], columns=["whole", "target", "text"])
    found["whole"] = found["whole"].str.split("_").str[0]
    found["target"] = found["target"].astype(float)
    if classes:
        found["target"] = np.where(found["target"] > found["target"].median(), "high", "low")
    return found


def halves(table: Frame) -> tuple[Frame, Frame]:
    """The rows to learn from, and those that nobody sees."""
    wholes = np.random.default_rng(0).permutation(table["whole"].unique())
    unseen = table["whole"].isin(wholes[: round(UNSEEN * len(wholes))])
    rows = table[["text", "target"]]
    return rows[~unseen], rows[unseen]


def regression(train: Frame, test: Frame, classes: bool) -> tuple[float, float]:
    """The score of the regression on the unseen rows, and its seconds."""
    start = time.perf_counter()
    words = TfidfVectorizer(sublinear_tf=True, min_df=2)
    penalised: Any = (
        GridSearchCV(LogisticRegression(max_iter=1000), {"C": np.logspace(-1, 2, 7)}, scoring="neg_log_loss")
        if classes
        else RidgeCV(np.logspace(-2, 2, 9))
    )
    model = make_pipeline(words, penalised).fit(train["text"], train["target"])
    took = time.perf_counter() - start
    if classes:
        return float(log_loss(test["target"], model.predict_proba(test["text"]))), took
    return float(root_mean_squared_error(test["target"], model.predict(test["text"]))), took


def honed(train: Frame, test: Frame, classes: bool, budget: float, seed: int) -> tuple[float, float]:
    """The score of `honed fit` and `honed predict` on the unseen rows, and the seconds of the first."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        train.to_csv(place / "train.csv", index=False)
        test[["text"]].to_csv(place / "test.csv", index=False)
        start = time.perf_counter()
        words = ["fit", str(place / "train.csv"), "--target", "target", "--out", str(place / "run")]
        run([*words, "--budget", str(budget), "--seed", str(seed)])
        took = time.perf_counter() - start
        run(["predict", str(place / "run"), str(place / "test.csv"), "--out", str(place / "out.csv")])
        said = pd.read_csv(place / "out.csv")
    if classes:
        return float(log_loss(test["target"], said[["p_high", "p_low"]].to_numpy())), took
    return float(root_mean_squared_error(test["target"], said["prediction"])), took


def run(words: list[str]) -> None:
    """One command of honed; its errors end the program."""
    done = subprocess.run([sys.executable, "-m", "honed", *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-1000:])


if __name__ == "__main__":
    main()
