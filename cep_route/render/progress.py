"""A bar of progress drawn by rich: per cent, rate and time left in the run's language. Loaded by `screen` when a terminal is drawn on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn
from rich.text import Text

from cep_route.messages import number as written
from cep_route.messages import say, template
from cep_route.render.terminal import console, held


@contextmanager
def bar(
    label: str, total: int | None, stream: TextIO, lang: str, unit: str
) -> Iterator[Callable[[int], None]]:
    """The bar itself: erased at the end, so that what is told afterwards stands alone."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn("{task.percentage:>3.0f}" + template("screen.percent", lang)),
        _Pace(lang, unit),
    )
    with Progress(
        *columns, console=console(stream), transient=True, refresh_per_second=5, redirect_stdout=False
    ) as shown:
        task = shown.add_task(held(label), total=total)
        yield lambda n: shown.advance(task, n)


class _Pace(ProgressColumn):
    """How much a second, and the time that is left."""

    def __init__(self, lang: str, unit: str) -> None:
        super().__init__()
        self.lang, self.unit = lang, unit

    def render(self, task: Task) -> Text:
        speed, seconds = task.finished_speed or task.speed, task.time_remaining
        told = []
        if speed is not None:
            told.append(say("screen.a_second", self.lang, amount=amount(speed, self.lang, self.unit)))
        if seconds is not None:
            told.append(say("screen.left", self.lang, time=f"{int(seconds) // 60}:{int(seconds) % 60:02d}"))
        return Text(held(" ".join(told)))


def amount(number: float, lang: str, unit: str) -> str:
    """So many bytes in units of a thousand, or a count in groups of three digits, as the language writes them."""
    if unit != "bytes":
        return written(round(number), lang)
    units = template("screen.units", lang).split()
    for name in units:
        if number < 1000 or name == units[-1]:
            return f"{written(round(number, 0 if name == units[0] else 1), lang)}\u00a0{name}"
        number /= 1000
    raise AssertionError
