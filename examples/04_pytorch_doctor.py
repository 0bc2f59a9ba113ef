"""A doctor for a training loop of your own in PyTorch: it looks at some of the steps, and says what is wrong with them.

Needs PyTorch (pip install 'honed[torch]').

python examples/04_pytorch_doctor.py
"""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

import honed

torch.set_num_threads(1)  # layers as small as these gain nothing from more

pixels, digits = map(np.asarray, load_digits(return_X_y=True))
X, y = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(digits)
train, test = torch.arange(len(X)) % 4 != 0, torch.arange(len(X)) % 4 == 0


def network(*last: nn.Module) -> nn.Module:
    """The same network each time, but for what stands behind its last layer."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10), *last)


def fit(model: nn.Module) -> None:
    """A loop as one writes it, with four lines of the doctor."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_of = nn.CrossEntropyLoss()
    with honed.doctor(model, optimizer) as doctor:
        for _ in range(15):
            for rows in torch.nonzero(train)[:, 0].split(64):
                optimizer.zero_grad()
                loss = loss_of(model(X[rows]), y[rows])
                loss.backward()
                optimizer.step()
                doctor.step(loss)
            with torch.no_grad():
                doctor.validate(loss_of(model(X[test]), y[test]))
    right = (model(X[test]).argmax(dim=1) == y[test]).float().mean()
    print(f"accuracy on {int(test.sum())} rows it has not seen: {right:.3f}")
    for finding in doctor.findings:
        print(f"   {finding.severity}: {finding.what}\n   so: {finding.action}")


print("with a softmax before a loss that has one of its own")
fit(network(nn.Softmax(dim=1)))
print("without it")
fit(network())
