"""A tuned classifier on a table with numbers, words and empty cells: nothing needs preparing.

python examples/01_first_fit.py [budget]
"""

import sys

import polars as pl
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from honed import TunedClassifier

values, growers = load_wine(return_X_y=True)
columns = ["alcohol", "malic acid", "ash", "alkalinity", "magnesium", "phenols", "flavanoids"]
table = pl.DataFrame(values[:, : len(columns)], schema=columns).with_columns(
    pl.when(pl.col("alcohol") > 13).then(pl.lit("strong")).otherwise(pl.lit("light")).alias("strength"),
    pl.when(pl.col("magnesium") < 120).then("magnesium"),  # empty where it is high
)
names = [f"grower {code}" for code in growers]
train, test, y_train, y_test = train_test_split(table, names, test_size=0.25, random_state=0, stratify=names)

model = TunedClassifier(budget=sys.argv[1] if len(sys.argv) > 1 else "20s", random_state=0)
model.fit(train, y_train)

print(f"accuracy on {len(y_test)} rows it has not seen: {model.score(test, y_test):.3f}")
print("the chosen network:", model.best_params_)
for name, chances in zip(y_test[:3], model.predict_proba(test)[:3], strict=True):
    print(name, dict(zip(model.classes_, chances.round(3), strict=True)))
