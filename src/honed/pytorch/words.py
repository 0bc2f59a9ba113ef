"""What to do about the findings of the rules for all trainings, in PyTorch's words: `action`."""

from __future__ import annotations

from honed.findings import Finding

_ACTIONS = {
    "not-finite": "Take {lr}, call torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before "
    "optimizer.step(), and "
    "look for unscaled inputs, and for a log or a division by zero in the loss.",
    "batch-too-noisy": "Take more rows in a step: DataLoader(..., batch_size=64).",
    "batch-too-large": "Take fewer rows in a step: DataLoader(..., batch_size=64).",
    "rate-too-high": "Take {lr} in the optimizer, and warm it up (torch.optim.lr_scheduler.LinearLR).",
    "rate-too-low": "Take {lr} in the optimizer.",
    "start-scale": "Scale the inputs, and start weights with nn.init.kaiming_normal_(layer.weight), biases with "
    "nn.init.zeros_(layer.bias).",
    "vanishing-gradient": "Use nn.ReLU() in place of nn.Sigmoid() or nn.Tanh(), add nn.BatchNorm1d or residual "
    "paths, or "
    "take fewer layers.",
    "exploding-gradient": "Call torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step(), "
    "take a "
    "lower lr, or add nn.LayerNorm.",
    "dead-units": "Take {lr}, nn.LeakyReLU() in place of nn.ReLU(), and start biases with nn.init.zeros_(layer.bias).",
    "saturation": "Scale the inputs, add nn.BatchNorm1d or nn.LayerNorm before it, or use nn.ReLU().",
    "frozen-layer": "Look for requires_grad_(False), .detach(), torch.no_grad() and dead units behind it, and give the "
    "optimizer model.parameters().",
    "no-signal": "Check that each row has its own target: inputs and targets shuffled alike, the loader's order; else "
    "look for other inputs.",
    "untrained-loss": "Scale the inputs and targets, start weights with nn.init.kaiming_normal_(layer.weight), "
    "and look "
    "at the loss.",
    "underfitting": "Mend what other findings name; where there are none, train longer, take a wider network, or other "
    "inputs.",
    "overfitting": "Add nn.Dropout(0.3), weight_decay=0.01 in torch.optim.AdamW, a smaller network, earlier "
    "stopping, or "
    "more rows.",
    "plateau": "Let the rate fall: torch.optim.lr_scheduler.CosineAnnealingLR or ReduceLROnPlateau.",
    "cannot-memorise": "Start from two layers of nn.Linear and nn.ReLU with torch.optim.Adam, and add one thing "
    "at a time.",
}


def action(finding: Finding) -> str:
    """The finding's action, as a person who trains in PyTorch would write it."""
    rate = finding.advice.get("learning_rate")
    said = _ACTIONS.get(finding.id, finding.action)
    return said.replace(
        "{lr}",
        f"lr={rate:g}"
        if isinstance(rate, float)
        else "a higher lr"
        if finding.id == "rate-too-low"
        else "a lower lr",
    )
