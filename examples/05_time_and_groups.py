"""A score that holds: rows that follow time, or come in groups, must not be dealt out at random.

python examples/05_time_and_groups.py
"""

import warnings

import numpy as np
import polars as pl
from sklearn.model_selection import GroupKFold, KFold, cross_val_score

from honed import NetworkRegressor, TunedRegressor
from honed.errors import FindingWarning

warnings.simplefilter("ignore", FindingWarning)  # of new patients the columns say next to nothing: see below
rng = np.random.default_rng(0)

# Groups: 20 visits of each of 20 patients. Age and height know the patient, and so will the networks.
patient = np.repeat(np.arange(20), 20)
age, height, level = rng.uniform(20, 80, 20), rng.normal(170, 10, 20), rng.normal(120, 15, 20)
dose = rng.uniform(0, 1, len(patient))
visits = pl.DataFrame({"age": age[patient], "height": height[patient], "dose": dose})
pressure = level[patient] - 10 * dose + rng.normal(0, 2, len(patient))

network = NetworkRegressor(
    width=64, depth=2, epochs=80, learning_rate=0.01, prediction_margin=np.inf, random_state=0
)
for name, folds in (("random rows", KFold(3, shuffle=True, random_state=0)), ("new patients", GroupKFold(3))):
    pairs = list(folds.split(visits, groups=patient if name == "new patients" else None))
    scores = cross_val_score(network, visits, pressure, cv=pairs, scoring="neg_root_mean_squared_error")
    print(f"validated on {name}: off by {-scores.mean():.1f} mmHg")

# Time: what is sold depends on the day of the week, and on a habit that changes as the months go by.
day = np.arange(400)
sold = 50 + 10 * (day % 7 > 4) + np.cumsum(rng.normal(0, 1.5, len(day)))
days = pl.DataFrame({"day": np.datetime64("2025-01-01") + day})
model = TunedRegressor(trials=1, time="day", n_jobs=1, random_state=0).fit(days, sold)
print(f"sales: off by {model.score_:.1f} on the newest days")
if beside := model.summary_.get("beside"):
    print(beside["says"])
