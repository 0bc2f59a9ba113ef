"""Take the network elsewhere: one Python file that needs NumPy alone, and says what honed says.

python examples/08_export.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from honed import NetworkRegressor, load

rng = np.random.default_rng(0)
rooms, street = rng.integers(1, 7, 300), rng.choice(["Elm", "Oak", "Ash"], 300)
prices = 40_000 * rooms + 60_000 * (street == "Oak") + rng.normal(0, 5_000, 300)
houses = pl.DataFrame({"rooms": rooms, "street": street})
new = houses[:3]

model = NetworkRegressor(width=32, depth=1, epochs=40, learning_rate=0.01, random_state=0).fit(houses, prices)
folder = Path(tempfile.mkdtemp())
model.save(folder / "run")
new.write_csv(folder / "new.csv")
print("honed says:     ", load(folder / "run").predict(new).round())

command = [sys.executable, "-m", "honed", "export", "run", "--format", "script", "--out", "price.py"]
print(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stderr.strip())

# Another program, which does not know honed.
command = [sys.executable, "price.py", "new.csv"]
said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()
print(f"the script says: [{' '.join(f'{float(value):.0f}.' for value in said[1:])}]")
source = (folder / "price.py").read_text()
print("and reads so:   ", source[source.index("def model") :].splitlines()[0])
