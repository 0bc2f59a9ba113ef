"""A run shown where people look: what its journal tells goes to MLflow or TensorBoard, and its search to Optuna.

In: the events of a journal, and what the run is asked to do. Out: runs, curves and files of the destination, and
`logged.json` in the run's folder, by which a resumed run goes on in the same place.
Read `destination.py` first: it is the contract that `to_mlflow.py` and `to_tensorboard.py` keep; `told.py` says what is
told, `follower.py` when. `study.py` stands by itself: a search as a study of Optuna.
"""
