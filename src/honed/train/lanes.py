"""Train many networks of equal shape at once, in the lanes of one program: `fit`.

A training that ends leaves its lane to the next that waits, between two calls.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import jax
import numpy as np

from honed.run import memory
from honed.run.worker import Late
from honed.train import program
from honed.train.loop import called
from honed.train.program import Progress
from honed.train.programs import Program, own_rules, place_of, room
from honed.train.step import Structure
from honed.train.turns import Asked, Fitted, Reply, Standing, Turn, check_time, is_late, turns

_AHEAD = 8  # more trainings than lanes are begun at most, so that those of other programs seldom hold up any


def fit(asked: Iterable[Asked], most_lanes: int) -> Iterator[tuple[int, Fitted | Exception]]:
    """Train all, side by side where that is possible; give of each, as it ends, its number and what came of it.

    Side by side go those of one program on the same rows, where as many of these train and the same validate. What
    comes of a training is what `honed.train.loop.fit` gives, or the exception that it raises.

    Parameters
    ----------
    asked : trainings, each taken when there is a place for it, and numbered from 0 on.
    most_lanes : of a program, 1 or more; fewer where memory does not allow them.
    """
    source, side, begun, count = iter(asked), _Side(most_lanes), list[_One](), 0
    while True:
        ended = list[_One]()
        while len(begun) < most_lanes + _AHEAD and (given := next(source, None)) is not None:
            one = _One(count, given)
            (begun if one.turn else ended).append(one)
            count += 1
        if begun:
            side.go_on(begun)
            ended += [one for one in begun if not one.turn]
            begun = [one for one in begun if one.turn]
        yield from ((one.number, one.outcome) for one in ended if one.outcome is not None)
        if not begun and not ended:
            return


class _One:
    """A training: the call that it asks for, or what came of it."""

    def __init__(self, number: int, asked: Asked) -> None:
        self.number = number
        self.turn: Turn | None = None
        self.outcome: Fitted | Exception | None = None
        self.data, self._turns = asked.data, turns(asked)
        self.hear(None)

    def hear(self, reply: Reply | Exception | None) -> None:
        """Go on with what a call gave, or with the reason why it gave nothing; None to begin."""
        self.turn = None
        try:
            with own_rules(self.data.real, self.data.device):
                if isinstance(reply, Exception):
                    self.turn = self._turns.throw(reply)
                else:
                    self.turn = self._turns.send(reply) if reply else next(self._turns)
        except StopIteration as end:
            self.outcome = end.value
        except Exception as error:  # the others go on
            self.outcome = error


class _Side:
    """Trainings side by side: the states of all lanes, from call to call."""

    def __init__(self, most_lanes: int) -> None:
        self._most_lanes = most_lanes
        self._lanes_of: dict[Structure, int] = {}  # by what memory allows
        self._states: Progress | None = None

    def go_on(self, begun: Sequence[_One]) -> None:
        """The next call of the first training, and of all that can be made beside it."""
        first, data = _turn(begun[0]), begun[0].data
        if first.structure not in self._lanes_of:
            with own_rules(data.real, data.device):
                self._lanes_of[first.structure] = _room(first, self._most_lanes)
        lanes = self._lanes_of[first.structure]
        alike = (one for one in begun if _are_alike(first, _turn(one)))
        team = [one for one, _ in zip(alike, range(lanes), strict=False)]
        try:
            with own_rules(data.real, data.device):
                replies = self._called([_turn(one) for one in team], lanes)
        except Late as late:  # the others' time may be another
            for one in team:
                if is_late(_turn(one).until):
                    one.hear(late)
            return
        except Exception as error:
            is_memory = isinstance(error, MemoryError) or memory.is_out_of_memory(error)
            if is_memory and lanes > 1:
                self._lanes_of[first.structure] = lanes // 2
                return
            replies = [error] * len(team)
        for one, reply in zip(team, replies, strict=True):
            one.hear(reply)

    def _called(self, team: Sequence[Turn], lanes: int) -> list[Reply]:
        """What one call gives all of a team, in a program of so many lanes."""
        first = team[0]
        if lanes == 1:
            return [called(first)]
        by_lane, states = self._arranged(team, lanes)
        idle = first.call._replace(count=np.int32(0))
        call = program.side_by_side(
            [by_lane[lane].call if lane in by_lane else idle for lane in range(lanes)]
        )
        compiled = program.compiled(first.programs, first.structure, first.packing, states, call, lanes)
        compiled.check()
        for turn in team:  # compiling may have taken until then
            check_time(turn.until)
        began = time.perf_counter()
        states, curves = compiled.call(states, call)
        facts = jax.device_get((states.stopped, states.diverged, states.epoch, states.best_epoch))
        curves = jax.tree.map(np.asarray, curves)
        seconds = time.perf_counter() - began
        self._states = states
        lane_of = {id(turn): lane for lane, turn in by_lane.items()}
        replies = []
        for place, turn in enumerate(team):
            lane, count = lane_of[id(turn)], int(turn.call.count)
            stopped, diverged, epoch, best_epoch = (fact[lane].item() for fact in facts)
            standing = Standing(stopped, diverged, epoch, best_epoch, states, lane)
            own = jax.tree.map(lambda curve, lane=lane, count=count: curve[lane, :count], curves)
            compiling = 0.0 if place else compiled.seconds
            replies.append(Reply(standing, own, seconds, compiling, len(team), lanes))
        return replies

    def _arranged(self, team: Sequence[Turn], lanes: int) -> tuple[dict[int, Turn], Progress]:
        """The team by lane, and the states of all lanes; those that go on stay where they are."""
        states = self._states
        by_lane = {
            lane: turn
            for turn in team
            if turn.standing.states is states and (lane := turn.standing.lane) is not None
        }
        if states is None or not by_lane or lanes != len(states.epoch):
            own = [turn.standing.state() for turn in team]
            return dict(enumerate(team)), program.stacked([*own, *own[:1] * (lanes - len(team))])
        free = iter(set(range(lanes)) - by_lane.keys())
        for turn in team:
            if turn.standing.states is not self._states:
                lane = next(free)
                by_lane[lane] = turn
                states = program.placed(states, np.int32(lane), turn.standing.state())
        return by_lane, states


def _room(turn: Turn, most_lanes: int) -> int:
    """Lanes that memory allows, by what the program of most that is there says that it needs; 1 at least."""
    numbers = (1 << power for power in reversed(range(most_lanes.bit_length())))
    own = next(((lanes, known.bytes) for lanes in numbers if (known := _known(turn, lanes))), None)
    if own is None:
        return most_lanes
    lanes, needed = own
    allowed = (1 - memory.MARGIN) * room(place_of(turn.call.data.weights)) * lanes / max(needed, 1)
    while most_lanes > max(1, allowed):
        most_lanes //= 2
    return most_lanes


def _known(turn: Turn, lanes: int) -> Program | None:
    """The program of so many lanes, where there is one."""
    own = program.key(turn.structure, turn.call.data.weights.dtype, lanes)
    return turn.programs.known(own, (turn.call,))


def _turn(one: _One) -> Turn:
    assert one.turn is not None, "it has not ended"
    return one.turn


def _are_alike(one: Turn, other: Turn) -> bool:
    """Whether two calls can be made side by side."""
    return one.structure == other.structure and program.are_alike(one.call, other.call)
