"""Findings for a training in the user's own loop: `Doctor`, which looks in every so many steps.

What it looks at is the user's own pass, step and gradient: hooks on the model and the optimizer begin and end a look,
and nothing is computed twice, but for a compiled model, whose uncompiled module makes one more pass without gradients.
Between looks there are no hooks on passes and steps, which saves some 10 µs a call.
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.overrides import _get_current_function_mode_stack, _pop_mode, _push_mode

from honed.diagnosis.case import Case
from honed.errors import InputError, warn
from honed.findings import Finding, at_least
from honed.pytorch import losses, measuring
from honed.pytorch.curves import Curves
from honed.pytorch.describing import (
    are_alike,
    array,
    classes,
    decay_of,
    decayed,
    of_pass,
    parameters,
    rate_of,
)
from honed.pytorch.diagnosis import findings
from honed.pytorch.facts import Facts
from honed.pytorch.measuring import Hidden, Looks, Owned
from honed.pytorch.rows import called
from honed.pytorch.trace import Trace, tensors
from honed.report import findings as pages

_SHARE, _FREE = 0.03, 0.05  # of the time, and seconds in all, that looks may take where nobody says how often
_APART = 8  # looks in each doubling of the steps, at most
_AGAIN = 64  # the part of the steps so far, after which it is asked again whether there is time for a look
_KEPT = 64  # batches whose targets are kept, to know a constant answer
_CLIPS = 1000  # that are noted
_CHECKED = ("error", "warning")
_STATUS = 3


@dataclass
class _Look:
    """One look: what a step showed, on its device until the end."""

    step: int
    loss: Tensor | None = None
    hidden: dict[str, Hidden] = field(default_factory=dict)
    before: list[list[Tensor]] = field(default_factory=list)
    gradient: list[Tensor] = field(default_factory=list)
    zeros: list[Tensor] = field(default_factory=list)
    weight: list[Tensor] = field(default_factory=list)
    update: list[Tensor] = field(default_factory=list)


class _Clip:
    """PyTorch's clip, which notes what it did; doctors may end in another order than they began."""

    def __init__(self, clip: Callable[..., Tensor], clips: list[tuple[Tensor, float]]) -> None:
        self.clip, self.has_ended, self._clips = clip, False, clips

    def __call__(self, parameters: Any, max_norm: float, *args: Any, **kwargs: Any) -> Tensor:
        norm = self.clip(parameters, max_norm, *args, **kwargs)
        if not self.has_ended and len(self._clips) < _CLIPS:
            self._clips.append((norm.detach(), float(max_norm)))
        return norm


class _Hook:
    """A hook on the model that was given; on a copy of it, or on one that was saved, it does nothing."""

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call

    def __call__(self, *of: Any) -> None:
        self._call(*of)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Hook, (_nothing,)


def _nothing(*_: Any) -> None:
    pass


class Doctor:
    """See `honed.doctor`."""

    def __init__(self, model: nn.Module, optimizer: Optimizer, *, every: int | None = None) -> None:
        if not isinstance(model, nn.Module) or not isinstance(optimizer, Optimizer):
            wrong = optimizer if isinstance(model, nn.Module) else model
            raise InputError(
                f"honed.doctor needs a torch.nn.Module and its torch.optim.Optimizer, but got {type(wrong).__name__}."
            )
        if every is not None and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise InputError(f"every is {every!r}, but it must be a whole number of steps above 0, or None.")
        if any(nn.parameter.is_lazy(one) for one in model.parameters()):
            raise InputError(
                "The model has lazy modules, whose weights are not there before its first pass. Pass a batch through "
                "it, make the optimizer, and then honed.doctor."
            )
        self._model, self._optimizer, self._every = model, optimizer, every
        self._inner = getattr(model, "_orig_mod", model)
        self._is_compiled = self._inner is not model
        self._is_compiled_in_place = model._compiled_call_impl is not None  # hooks would be compiled with it
        self._curves = Curves()
        self._looks: list[_Look] = []
        self._now: _Look | None = None  # the look that goes on
        self._facts: Facts | None = None
        self._owned: list[Owned] = []
        self._layers: list[Any] = []
        self._outputs: list[Tensor] = []
        self._inputs: Any = None
        self._answers: list[tuple[str, Callable[..., Any], Any, Any]] = []
        self._hooks: list[Any] = []  # while a step is looked at
        self._is_wanted = False  # the next pass of a training begins a look
        self._trace: Trace | None = None
        self._modelled = 0  # calls of the trace that are the model's
        self._marks: list[Tensor] = []
        self._remembered: tuple[nn.Parameter, Tensor] | None = None
        self._arrival: Any = None  # the hook that waits for the next gradient
        self._clips: list[tuple[Tensor, float]] = []
        self._used: set[int] = set()
        self._alike = [are_alike(one.detach()) for one in self._inner.parameters()]
        self._squares = {
            id(one): float(one.detach().float().square().sum())
            for group in optimizer.param_groups
            for one in group["params"]
        }
        self._rows, self._counted = 0, 0  # in the passes that were seen, and the steps that these were for
        self._valid_rows = 0  # of a validation
        self._own_rows = 0  # in the passes without a gradient since the last step
        self._epoch = 0  # steps before the first validation
        self._expected = -1  # the step before a validation whose rows are to be counted
        self._is_on, self._began = False, 0.0
        self._ready = 0  # the step before which no look begins
        self._spent = 0.0  # seconds of all looks
        self._before = 0.0  # of those before this one
        self._cost = 0.0  # of the last one

    # ── in the user's loop ──

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        self._modes = _get_current_function_mode_stack()
        self._clip = _Clip(torch.nn.utils.clip_grad_norm_, self._clips)
        torch.nn.utils.clip_grad_norm_ = self._clip
        self._is_on = True
        self._attach()
        return self

    def __exit__(self, *_: object) -> None:
        self._clip.has_ended = True
        while isinstance(own := torch.nn.utils.clip_grad_norm_, _Clip) and own.has_ended:
            torch.nn.utils.clip_grad_norm_ = own.clip
        self._leave_pass()
        self._detach()
        if self._arrival is not None:
            self._arrival.remove()
        self._now, self._is_on = None, False

    def step(self, loss: Tensor | float) -> None:
        """The loss of a batch, once a batch, after its backward pass; where gradients are accumulated, each time."""
        _one_number("step", loss)
        self._curves.add(loss, rate_of(self._optimizer))
        if self._hooks:
            self._counted += 1
            self._own_rows = 0
            self._end(loss)
        step = self._curves.step
        if (step >= self._ready or step == self._expected) and self._is_on and self._now is None:
            if step == self._expected or self._is_due():
                self._attach()
            else:
                self._ready = self._after(_AGAIN)

    def validate(self, loss: Tensor | float) -> None:
        """The loss of the validation rows, whenever it is known."""
        _one_number("validate", loss)
        self._curves.validate(loss)
        self._valid_rows = max(self._valid_rows, self._own_rows)
        self._own_rows = 0
        self._epoch = self._epoch or self._curves.step
        self._expected = self._curves.step + self._epoch if self._epoch and not self._valid_rows else -1

    # ── what was found ──

    @property
    def findings(self) -> list[Finding]:
        """What the rules see so far, errors first."""
        facts = self.facts()
        return [] if facts is None else findings(facts)

    def report(self, path: str | Path) -> None:
        """Write the findings to a file: JSON where its name ends in .json, else text."""
        found = self.findings
        text = pages.as_json(found) if str(path).endswith(".json") else pages.page(found)
        Path(path).write_text(text, encoding="utf-8")

    def check(self, fail_on: Literal["error", "warning"] = "error") -> None:
        """End the program with status 3 where a finding is an "error", or with fail_on="warning" at least that.

        The findings are printed on standard error before.
        """
        if fail_on not in _CHECKED:
            raise InputError(f'fail_on is {fail_on!r}, but it must be "error" or "warning".')
        found = at_least(fail_on, self.findings)
        if found:
            print(pages.page(found), file=sys.stderr, end="")
            raise SystemExit(_STATUS)

    def facts(self) -> Facts | None:
        """What was measured; None before the first step."""
        if not self._curves.step:
            return None
        ends, train, rate, valid = self._curves.arrays()
        looks = [look for look in self._looks if look.gradient and look.loss is not None]
        probes, hidden = self._probes(looks)
        facts = self._facts or Facts(Case(0, 0, train, valid, rate, math.nan))
        chance, targets = self._constant()
        first = float(probes["loss"][0]) if "loss" in probes else float(train[0])
        outputs = self._outputs[0] if self._outputs else None
        facts = replace(
            facts,
            targets=array([targets]) if targets is not None else facts.targets,
            outputs_before=array(self._outputs[:1]),
            outputs=array(self._outputs[-1:]),
            inputs=array([self._inputs]) if self._inputs is not None else facts.inputs,
        )
        batch = self._rows / max(self._counted, 1)
        finite = np.where(np.isfinite(valid), valid, np.inf)
        case = Case(
            rows=round(batch * (self._epoch or self._curves.step)),
            classes=classes(facts, outputs) if targets is not None else 0,
            train_loss=train,
            valid_loss=valid,
            rate=rate if np.isfinite(rate).all() else np.zeros(0),
            chance=first if chance is None else chance,
            baseline="the untrained network" if chance is None else "a constant answer",
            valid_rows=self._valid_rows,
            best_epoch=int(np.argmin(finite)) + 1 if np.isfinite(finite).any() else 0,
            batch_size=round(batch),
            diverged=not math.isfinite(train[-1]),
            probes=probes,
            probe_epochs=np.searchsorted(ends, [look.step for look in looks]) + 1,
            names=tuple(path for path, _ in self._owned),
            hidden_names=tuple(hidden),
            steps=ends,
        )
        used = self._used or {id(one) for one in self._inner.parameters()}
        norms = (
            torch.stack([norm.float().cpu() for norm, _ in self._clips]).numpy()
            if self._clips
            else np.zeros(0)
        )
        left = np.array([limit for _, limit in self._clips]) / np.maximum(norms, 1e-30)
        return replace(
            facts,
            case=case,
            optimizer=type(self._optimizer).__name__,
            rate=rate_of(self._optimizer),
            layers=tuple(self._layers),
            parameters=parameters(self._inner, self._optimizer, used, self._alike),
            weight_decay=decay_of(self._optimizer),
            decayed=decayed(self._optimizer, self._squares, case.chance),
            accumulated=float(measuring.numbers(self._marks).mean()) if self._marks else math.nan,
            clipped=float((left < 1).mean()) if len(left) else math.nan,
            clipped_to=float(np.median(np.minimum(left, 1))) if len(left) else math.nan,
        )

    # ── a look ──

    def _is_due(self) -> bool:
        if self._curves.step < self._ready:
            return False
        if self._every is not None or self._curves.step + 1 == _doubled(self._curves.step):
            return True
        return self._spent + self._cost < max(_FREE, _SHARE * (time.perf_counter() - self._began))

    def _after(self, part: int) -> int:
        """The step before which no look begins, once that part of the steps so far has passed."""
        step = self._curves.step
        return min(step + 1 + step // part, _doubled(step + 1) - 1)

    def _attach(self) -> None:
        self._is_wanted = self._is_due()
        if self._hooks:
            return
        began = time.perf_counter()
        self._hooks = [
            self._optimizer.register_step_pre_hook(self._before_step),
            self._optimizer.register_step_post_hook(self._after_step),
        ]
        if not self._is_compiled_in_place:
            self._hooks += [
                self._model.register_forward_pre_hook(_Hook(self._before_pass), with_kwargs=True),
                self._model.register_forward_hook(_Hook(self._after_pass), always_call=True),
            ]
        self._spent += time.perf_counter() - began

    def _detach(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _begin(self) -> None:
        self._now, self._is_wanted = _Look(self._curves.step + 1), False
        self._ready = self._after(_APART) if self._every is None else self._curves.step + self._every

    def _end(self, loss: Tensor | float) -> None:
        """After a step that was seen: end the look if the optimizer has made its own, and leave if no other is due."""
        self._leave_pass()
        look = self._now
        if look is not None:
            look.loss = look.loss if look.loss is not None else torch.as_tensor(loss).detach()
            if not look.update:
                return
            self._looks.append(look)
            self._now = None
            self._cost, self._before = self._spent - self._before, self._spent
        if not self._is_due():
            began = time.perf_counter()
            self._detach()
            self._spent += time.perf_counter() - began

    def _before_pass(self, _: nn.Module, args: Any, kwargs: Any) -> None:
        inputs = args if args else kwargs
        first = tensors(inputs)
        count = len(first[0]) if first and first[0].ndim else 1
        if not torch.is_grad_enabled() or not self._model.training:
            self._own_rows += count
            return
        self._rows += count
        if self._now is not None or not self._is_wanted:
            return
        began = time.perf_counter()
        self._begin()
        if self._inputs is None and first:
            self._inputs = first[0].detach()[:256].clone()
        try:
            look = Looks()
            if self._is_compiled:
                self._again(args, kwargs, look)
            else:
                trace = Trace(self._inner, look, keep=losses.KNOWN)
                self._trace = trace
                _push_mode(trace)
                self._paths = contextlib.ExitStack()
                self._paths.enter_context(trace.paths())
                trace.begin(inputs)
            assert self._now is not None
            self._now.hidden = look.seen
        except Exception as error:
            self._left_out(error)
        self._spent += time.perf_counter() - began
        self._passing = time.perf_counter()

    def _again(self, args: Any, kwargs: Any, look: Looks) -> None:
        """One more pass of the module that was compiled, after which its buffers and all dice are as before."""
        devices = {one.device for one in self._inner.parameters() if one.device.type == "cuda"}
        trace = Trace(self._inner, look)
        with (
            torch.no_grad(),
            torch.random.fork_rng(sorted(devices, key=str)),
            measuring.still(self._inner, training=True),
            trace,
            trace.paths(),
        ):
            trace.begin([args, kwargs])
            outputs = called(self._inner, kwargs) if kwargs else self._inner(*args)
        self._learn(trace, outputs)

    def _after_pass(self, _: nn.Module, args: Any, outputs: Any) -> None:
        trace = self._trace
        if trace is None or self._modelled:
            return
        if outputs is None:  # the pass has failed, and says nothing of the model
            self._leave_pass()
            self._now = None
            return
        began = time.perf_counter()
        try:
            self._paths.close()
            self._modelled = len(trace.calls)
            self._learn(trace, outputs)
            if any(one not in self._modes and not isinstance(one, Trace) for one in _modes_below(trace)):
                self._leave_pass()  # whoever entered that mode leaves it before the loss, from the top
        except Exception as error:
            self._left_out(error)
        self._spent += time.perf_counter() - began + (began - self._passing)

    def _learn(self, trace: Trace, outputs: Any) -> None:
        """What the calls of a pass say, once; and the outputs of the first and of this pass."""
        found = tensors(outputs)
        if found and found[0].is_floating_point():
            self._outputs[1:] = [found[0].detach()[:256].float().clone()]
        if self._facts is None:
            self._facts = of_pass(self._inner, trace, outputs, losses.Reading("", "mean", "", ()))
            self._layers, self._owned = measuring.layers_of(trace, self._inner)

    def _leave_pass(self) -> None:
        """End the trace, which may have seen the loss."""
        trace, self._trace = self._trace, None
        if trace is None:
            return
        began = time.perf_counter()
        with contextlib.suppress(Exception):
            self._paths.close()
        _take_out(trace)
        try:
            if self._facts is not None and self._modelled:
                said = losses.reading(trace, self._modelled)
                if (said.name and not self._facts.loss) or said.spread:
                    last = said.applied or self._facts.ends_in
                    self._facts = replace(
                        self._facts,
                        loss=said.name,
                        reduction=said.reduction,
                        spread_shapes=said.spread or self._facts.spread_shapes,
                        ends_in=last,
                        ends_at=self._facts.ends_at if last == self._facts.ends_in else "",
                    )
                for name, func, args, kwargs in trace.kept[:1]:
                    own = [one.detach().clone() if isinstance(one, Tensor) else one for one in args]
                    named = {
                        key: one.detach() if isinstance(one, Tensor) else one for key, one in kwargs.items()
                    }
                    if len(self._answers) < _KEPT:
                        self._answers.append((name, func, own, named))
        except Exception as error:
            self._left_out(error)
        trace.release()
        self._modelled = 0
        self._spent += time.perf_counter() - began

    def _before_step(self, *of: object) -> None:
        self._leave_pass()
        if self._is_compiled_in_place and self._is_wanted and self._now is None:
            self._owned = self._owned or measuring.matrices(self._inner)
            self._begin()
        look = self._now
        if look is None or look.gradient or not self._owned:
            return
        began = time.perf_counter()
        scale = getattr(
            self._optimizer, "grad_scale", None
        )  # of fused rules, that take gradients as they are scaled
        with torch.no_grad():
            if not self._used:
                self._used = {id(one) for one in self._inner.parameters() if one.grad is not None}
            for _, weights in self._owned:
                slopes = [measuring.dense(one.grad, one) for one in weights]
                slopes = slopes if scale is None else [slope / scale for slope in slopes]
                look.gradient.append(measuring.norm(slopes))
                look.zeros.append(measuring.zeros(slopes))
                look.before.append([one.detach().clone() for one in weights])
                look.weight.append(measuring.norm([one.detach().float() for one in weights]))
        self._spent += time.perf_counter() - began

    def _after_step(self, *of: object) -> None:
        look = self._now
        if look is None or not look.before or look.update:
            return
        began = time.perf_counter()
        with torch.no_grad():
            for old, (_, weights), norm in zip(look.before, self._owned, look.weight, strict=True):
                steps = [(a - b.detach()).float() for a, b in zip(old, weights, strict=True)]
                look.update.append(measuring.norm(steps) / norm.clamp(min=1e-30))
        look.before = []
        self._remember()
        self._spent += time.perf_counter() - began

    def _remember(self) -> None:
        """Note the gradient of a small parameter, to see whether it is still there when the next one comes."""
        known = [one for one in self._inner.parameters() if one.grad is not None and not one.grad.is_sparse]
        if not known or self._remembered is not None:
            return
        small = min(known, key=lambda one: one.numel())
        slope = small.grad
        assert slope is not None
        self._remembered = (small, slope.detach().clone())

        def arrives(_: Tensor) -> None:
            began = time.perf_counter()
            handle.remove()
            if self._remembered is None:
                return
            own, last = self._remembered
            self._remembered = None
            left = own.grad
            still = (
                torch.zeros((), dtype=torch.bool, device=last.device)
                if left is None
                else (left == last).all()
            )
            self._marks.append(still & (last != 0).any())
            self._spent += time.perf_counter() - began

        handle = small.register_hook(arrives)
        self._arrival = handle

    def _left_out(self, error: Exception) -> None:
        """A look that failed never ends a training."""
        self._now = None
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        warn(f"A look of honed.doctor is left out, as it failed: {said}", UserWarning)

    # ── from what was seen ──

    def _probes(self, looks: list[_Look]) -> tuple[dict[str, Any], list[str]]:
        if not looks:
            return {}, []

        def stacked(values: list[list[Tensor]]) -> Any:
            return np.stack([measuring.numbers(each) for each in values])

        probes: dict[str, Any] = {
            "loss": measuring.numbers([torch.as_tensor(look.loss).float() for look in looks]),
            "gradient": stacked([look.gradient for look in looks]),
            "gradient_zeros": stacked([look.zeros for look in looks]),
            "weight": stacked([look.weight for look in looks]),
            "update": stacked([look.update for look in looks]),
        }
        names = [name for name in looks[0].hidden if all(name in look.hidden for look in looks)]
        if names:
            inside = [measuring.of_hidden([[look.hidden[name]] for name in names]) for look in looks]
            probes |= {key: np.stack([one[key] for one in inside]) for key in inside[0]}
        return probes, names

    def _constant(self) -> tuple[float | None, Any]:
        """The loss of the best constant answer on the batches whose targets are known, and those targets."""
        if not self._answers:
            return None, None
        name, func, args, kwargs = self._answers[0]
        both = [
            (*own[:2], *(named[key] for key in ("input", "target") if key in named))
            for _, _, own, named in self._answers
        ]
        outputs, targets = both[0][0], [each[-1] for each in both]
        if len(both[0]) != 2 or not all(isinstance(one, Tensor) and one.ndim for one in (outputs, *targets)):
            return None, None
        fits = [one for one in targets if one.shape[1:] == targets[0].shape[1:]]
        if len(outputs) != len(targets[0]):
            return None, targets[0]
        known = torch.cat(fits)
        rest = {key: one for key, one in kwargs.items() if key not in ("input", "target")}

        def loss(answers: Any, asked: Any) -> Any:
            return func(answers, asked, *args[2:], **rest)

        blank = outputs[:1].detach().float().expand(len(known), *outputs.shape[1:])
        with torch.enable_grad():
            answer = losses.constant(loss, name, blank, known)
        if answer is None:
            return None, known
        value = float(loss(answer.expand_as(blank), known))
        if self._facts is not None and self._facts.reduction == "sum":
            value *= len(outputs) / len(known)
        return (value if value > 0 else None), known


def _doubled(step: int) -> int:
    """The first power of two beyond it: the steps of these numbers are looked at in any case."""
    return 1 << step.bit_length()


def _modes_below(trace: Trace) -> list[Any]:
    """The function modes that were entered before it and go on."""
    modes = _get_current_function_mode_stack()
    return modes[: modes.index(trace)] if trace in modes else []


def _take_out(trace: Trace) -> None:
    """Leave it, wherever it is among the function modes; the others go on in their order."""
    if trace not in _get_current_function_mode_stack():
        return
    above = []
    while (mode := _pop_mode()) is not trace:
        above.append(mode)
    for mode in reversed(above):
        _push_mode(mode)


def _one_number(method: str, loss: Tensor | float) -> None:
    if isinstance(loss, Tensor) and loss.numel() != 1:
        raise InputError(
            f"doctor.{method} got an array of shape {tuple(loss.shape)}, but a curve needs one number: give the mean "
            "loss of the rows."
        )
