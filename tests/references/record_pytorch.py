"""Record what PyTorch makes of small trainings, into `pytorch/*.json`; `tests/train/test_pytorch.py` compares.

    pip install torch==2.13.0
    python tests/references/record_pytorch.py

No test needs PyTorch. All rows are one batch, so that no order has to be matched. Each file holds honed's settings of
the same training, the starting and final parameters by honed's names, and the losses on the way. Where the two
libraries count differently, the PyTorch side is set to do what honed says:

- NAdam: PyTorch's momentum rises by a schedule, which a huge `momentum_decay` ends at once; then it is Dozat's rule.
- OneCycleLR: its peak and its end are on a step, honed's on a share of the training: one step more in total.
- ReduceLROnPlateau reduces after more than `patience` bad epochs, honed after as many.
- AveragedModel copies the first parameters; honed starts from zero and divides by the weight it has seen, which an
  `avg_fn` says by steps.
- clip_grad_norm_ divides by the norm plus 1e-6.
- The squared error has no half in both; PyTorch's L2 of SGD (`weight_decay`) is the slope itself, honed's l2 half.
"""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import copy
import itertools
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler as rates
from torch.optim.swa_utils import AveragedModel

STEPS = 100
OUT = Path(__file__).parent / "pytorch"
NUMBERS, CLASSES = 1, 3
LAYERS = (4, 6, 5)  # inputs and hidden layers

Groups = list[dict[str, Any]]


def table() -> dict[str, list[Any]]:
    """30 rows to train on and 12 to validate, by a formula: 4 columns, a number and one of 3 classes to predict."""
    i, j = np.arange(42)[:, None], np.arange(4)[None, :]
    X = np.round(1.5 * np.sin(1.3 * i * (j + 1) + j**2) + 0.3 * np.cos(7.1 * i + j), 4)
    noise = np.sin(37.0 * np.arange(42)) ** 3
    y = np.round(np.tanh(X @ [1.0, -0.7, 0.4, 0.0]) + 0.5 * X[:, 3] * X[:, 1] + 0.4 * noise, 4)
    return {"X": X.tolist(), "numbers": y.tolist(), "classes": np.digitize(y, [-0.5, 0.5]).tolist()}


class Net(nn.Module):
    """Hidden layers with tanh; with a normalization between the product and the bias, as honed's are."""

    def __init__(self, outputs: int, normalization: str | None) -> None:
        super().__init__()
        sizes = (*LAYERS, outputs)
        self.linears = nn.ModuleList(
            nn.Linear(a, b, bias=not normalization or layer == len(LAYERS) - 1)
            for layer, (a, b) in enumerate(itertools.pairwise(sizes))
        )
        kind = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}.get(normalization or "")
        self.norms = nn.ModuleList(kind(size) for size in LAYERS[1:]) if kind else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, linear in enumerate(self.linears[:-1]):
            x = linear(x)
            x = torch.tanh(self.norms[layer](x) if self.norms is not None else x)
        return self.linears[-1](x)

    def named(self) -> dict[str, list[Any]]:
        """Parameters by honed's names and shapes."""
        found: dict[str, Any] = {}
        for layer, linear in enumerate(self.linears):
            found[f"{layer}.weight"] = linear.weight.T
            norm: Any = self.norms[layer] if self.norms is not None and layer < len(self.norms) else None
            found[f"{layer}.bias"] = linear.bias if norm is None else norm.bias
            if norm is not None:
                found[f"{layer}.gain"] = norm.weight
            if norm is not None and hasattr(norm, "running_mean"):
                found[f"{layer}.mean"], found[f"{layer}.variance"] = norm.running_mean, norm.running_var
        return {name: rounded(value) for name, value in found.items()}


def rounded(value: torch.Tensor) -> list[Any]:
    return np.round(value.detach().numpy(), 9).tolist()


def groups(model: Net, decay: float) -> Groups:
    """Weights with a penalty, everything else without."""
    weights = [linear.weight for linear in model.linears]
    others = [p for p in model.parameters() if all(p is not weight for weight in weights)]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def sgd(model: Net) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.8)


def adam(model: Net) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=0.01)


SGD = {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.8}
ADAM = {"optimizer": "adam", "learning_rate": 0.01}


def trajectory(
    name: str,
    training: dict[str, Any],
    optimizer: Callable[[Net], torch.optim.Optimizer],
    *,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = nn.functional.mse_loss,
    outputs: int = NUMBERS,
    normalization: str | None = None,
    schedule: Callable[[torch.optim.Optimizer], Any] | None = None,
    clip: float | None = None,
    average: float = 0.0,
    validates: bool = False,
) -> None:
    """Train and write one file."""
    torch.manual_seed(0)
    data, model = table(), Net(outputs, normalization)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.round(parameter, decimals=4))
    X = torch.tensor(data["X"])
    y = torch.tensor(data["classes"]) if outputs == CLASSES else torch.tensor(data["numbers"])[:, None]
    start, rule = model.named(), optimizer(model)
    follows: Any = schedule(rule) if schedule else None

    def by_steps(averaged: Any, current: Any, seen: Any) -> Any:
        return averaged + (current - averaged) * (1 - average) / (1 - average ** (seen + 1))

    averaged = AveragedModel(model, avg_fn=by_steps) if average else None
    curves: dict[str, list[float]] = {"train_loss": [], "valid_loss": [], "rate": []}
    best, least = model, float("inf")
    for _ in range(STEPS):
        model.train()
        rule.zero_grad()
        value = loss(model(X[:30]), y[:30])
        value.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        curves["rate"].append(rule.param_groups[0]["lr"])
        rule.step()
        if averaged is not None:
            averaged.update_parameters(model)
        model.eval()
        with torch.no_grad():
            held_out = loss(model(X[30:]), y[30:])
        curves["train_loss"].append(value.item())
        if validates:
            curves["valid_loss"].append(held_out.item())
            if held_out < least:
                best, least = copy.deepcopy(model), held_out.item()
        if isinstance(follows, rates.ReduceLROnPlateau):
            follows.step(held_out)
        elif follows:
            follows.step()
    kept: Any = averaged.module if averaged is not None else best if validates else model
    kept.eval()
    network = {"hidden_sizes": LAYERS[1:], "activation": "tanh", "normalization": normalization}
    common = {"epochs": STEPS, "batch_size": "full", "early_stopping": validates}
    document = {
        "versions": {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "network": network,
        "training": common | training,
        "outputs": outputs,
        "start": start,
        "end": kept.named(),
        "predicted": rounded(kept(X[30:36])),
        **{key: [float(f"{x:.9g}") for x in curve] for key, curve in curves.items()},
    }
    (OUT / f"{name}.json").write_text(json.dumps(document) + "\n")
    print(f"{name:24} {curves['train_loss'][0]:.5f} -> {curves['train_loss'][-1]:.5f}")


def main() -> None:
    torch.set_default_dtype(torch.float64)
    OUT.mkdir(exist_ok=True)
    (OUT / "table.json").write_text(json.dumps(table()) + "\n")
    optim, f = torch.optim, nn.functional

    trajectory("sgd", {"optimizer": "sgd", "learning_rate": 0.1}, lambda m: optim.SGD(m.parameters(), lr=0.1))
    trajectory("momentum", SGD, sgd)
    trajectory(
        "nesterov",
        SGD | {"nesterov": True},
        lambda m: optim.SGD(m.parameters(), lr=0.05, momentum=0.8, nesterov=True),
    )
    trajectory("l2", SGD | {"l2": 0.01}, lambda m: optim.SGD(groups(m, 0.02), lr=0.05, momentum=0.8))
    trajectory(
        "rmsprop",
        {"optimizer": "rmsprop", "learning_rate": 0.002, "rho": 0.9, "epsilon": 1e-3},
        lambda m: optim.RMSprop(m.parameters(), lr=0.002, alpha=0.9, eps=1e-3),
    )
    trajectory("adam", ADAM, adam)
    trajectory(
        "nadam",
        ADAM | {"optimizer": "nadam"},
        lambda m: optim.NAdam(m.parameters(), lr=0.01, momentum_decay=1e9),
    )
    trajectory(
        "adamw",
        ADAM | {"optimizer": "adamw", "weight_decay": 0.2},
        lambda m: optim.AdamW(groups(m, 0.2), lr=0.01),
    )

    schedules: dict[str, Callable[[torch.optim.Optimizer], Any]] = {
        "step": lambda rule: rates.MultiStepLR(rule, [STEPS // 2, 3 * STEPS // 4], 0.1),
        "exponential": lambda rule: rates.ExponentialLR(rule, 0.01 ** (1 / STEPS)),
        "linear": lambda rule: rates.LinearLR(rule, 1.0, 0.0, STEPS),
        "cosine": lambda rule: rates.CosineAnnealingLR(rule, STEPS),
        "flat_cosine": lambda rule: rates.SequentialLR(
            rule,
            [rates.ConstantLR(rule, 1.0, STEPS), rates.CosineAnnealingLR(rule, STEPS // 2)],
            [STEPS // 2],
        ),
        "one_cycle": lambda rule: rates.OneCycleLR(
            rule,
            max_lr=0.05,
            total_steps=STEPS + 1,
            pct_start=(STEPS / 4 + 1) / (STEPS + 1),
            div_factor=25,
            final_div_factor=1e12,
            cycle_momentum=False,
        ),
    }
    for name, schedule in schedules.items():
        trajectory(f"schedule_{name}", SGD | {"schedule": name}, sgd, schedule=schedule)
    trajectory(
        "schedule_warmup",
        SGD | {"warmup": 0.2},
        sgd,
        schedule=lambda rule: rates.LinearLR(rule, 1 / 20, 1.0, 19),
    )
    plateau = {"schedule": "plateau", "plateau_swing": None, "plateau_threshold": 0.02}
    for cooldown in (0, 4):
        trajectory(
            f"schedule_plateau_{cooldown}",
            SGD | plateau | {"plateau_patience": 3, "plateau_factor": 0.4, "plateau_cooldown": cooldown},
            sgd,
            schedule=lambda rule, cooldown=cooldown: rates.ReduceLROnPlateau(
                rule, factor=0.4, patience=2, threshold=0.02, cooldown=cooldown, eps=0.0
            ),
            validates=True,
        )

    def smoothed(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return f.cross_entropy(outputs, targets, label_smoothing=0.15)

    trajectory("loss_cross_entropy", SGD, sgd, loss=f.cross_entropy, outputs=CLASSES)
    trajectory("loss_label_smoothing", SGD | {"label_smoothing": 0.15}, sgd, loss=smoothed, outputs=CLASSES)
    trajectory(
        "loss_absolute",
        ADAM | {"loss": "absolute"},
        lambda m: optim.Adam(m.parameters(), lr=0.01),
        loss=f.l1_loss,
    )
    trajectory(
        "loss_huber",
        SGD | {"loss": "huber", "huber_delta": 0.4},
        sgd,
        loss=lambda outputs, targets: f.huber_loss(outputs, targets, delta=0.4),
    )
    trajectory("batch_normalization", SGD, sgd, normalization="batch")
    trajectory("layer_normalization", SGD, sgd, normalization="layer")
    trajectory("clip", SGD | {"gradient_clip": 0.2}, sgd, clip=0.2)
    trajectory("weight_average", SGD | {"weight_average": 0.98}, sgd, average=0.98)


if __name__ == "__main__":
    main()
