"""Data frames of text columns to the same frames with our columns: for Parquet, polars, Arrow, engines that spread their rows over many
machines. Never opens the data, never drops a row, never answers otherwise than `batch`.

    frames = open_frames(names, samples, on="2026-11-22")      # a Frames, or the findings that stop it
    routed = frames.route(frame)                                # polars.DataFrame -> polars.DataFrame

A row that cannot be routed for sure stays in its place: its `cep_*` cells are null, and three more columns, null everywhere else,
say why it is rejected: `cep_reject_code`, `cep_reject_column`, `cep_reject_reason`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

import polars as pl

from cep_route import files
from cep_route.engine.explain import Judge
from cep_route.intake.answers import Answers, ReadOff
from cep_route.intake.columns import Saved, map_columns
from cep_route.intake.homes import Homes
from cep_route.intake.people import People, RefusedRow
from cep_route.intake.pieces import COLUMNS, Pieces
from cep_route.intake.source import territory_column
from cep_route.intake.writer import Tally
from cep_route.model.answer import Finding

REJECT = ("cep_reject_code", "cep_reject_column", "cep_reject_reason")
ADDED = (*COLUMNS, *REJECT)


def open_frames(
    names: Sequence[str],
    samples: Sequence[Collection[str]] = (),
    *,
    on: str,
    lang: str = "fr",
    strict: bool = False,
    rules: str | None = None,
    territory: str | None = None,
    territories: str | None = None,
    saved: Saved | None = None,
    added: Collection[str] = ADDED,
) -> Frames | list[Finding]:
    """What routes frames whose columns have these names, or the findings that stop it.

    `names`: the titles of the columns, in order; `samples`: some distinct cells of each, for titles whose meaning the cells tell;
    `on`: the ISO day; `rules`, `territories`: folders, the shipped ones by default; `territory`: the one for all rows; `saved`: a
    saved mapping; `added`: those of our columns that are wanted, in whatever order (texts that nobody reads take time to move).
    Raises ValueError for one that is not ours.
    """
    if strange := sorted({*added} - {*ADDED}):
        raise ValueError(f"not among the columns we add ({', '.join(ADDED)}): {', '.join(strange)}")
    law, findings = files.load_law(rules)
    if law is None:
        return findings
    columns = map_columns(names, files.load_spellings(rules), samples, on=on, saved=saved)
    homes = Homes(law, territories, territory)
    findings = [f for f in (*columns.findings, *homes.findings) if f.severity == "error"]
    taken = [name for name in names if name in added]
    if taken:
        findings.append(Finding(code="CEP543", values={"columns": ", ".join(taken)}))
    if findings:
        return findings
    people = People(
        columns, Judge(law), homes, on=on, lang=lang, strict=strict, saved=saved, territory_at=territory_column(columns)
    )  # fmt: skip
    return Frames(people, [name for name in ADDED if name in added])


class Frames:
    """Answers to frames that all have the same columns, over one set of memos. One thread at a time.

    `columns`: what each column was taken for, with its findings; `added`: our columns that come out; `tally`: what was routed so far,
    `rejected` what was not, by code.
    """

    def __init__(self, people: People, added: Sequence[str]) -> None:
        self.people, self.columns, self.added = people, people.columns, tuple(added)
        self.tally, self.rejected = Tally(people), Counter[str]()
        self._names = [column.header for column in self.columns.columns]
        self._ours = [name for name in added if name in COLUMNS]
        self._answers = Answers(Pieces(people, columns=self._ours, joined=False))
        self._reasons = [ReadOff(self._answers.refusals, _reason(i), pl.String) for i in range(len(REJECT))]

    @property
    def key_columns(self) -> tuple[int, ...]:
        """Positions of the columns that are read; all others only pass."""
        return self._answers.columns

    def route(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same rows with our columns. A null is an empty cell.

        Raises TypeError for a column that would be read and is no text: `01000` is not the number 1000.
        """
        if frame.columns != self._names:
            raise TypeError("the columns of a frame are those it was opened for, in that order")
        cells = {at: self._text(frame.to_series(at)) for at in self.key_columns}
        if not frame.height:
            return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in self.added)
        answered = self._answers.answer(
            self._answers.coded(cells),
            frame.height,
            lambda row: ["" if cell is None else str(cell) for cell in frame.row(row)],
        )
        for person, rows in answered.persons.value_counts().iter_rows():
            self.tally.rows[person] += rows
        refused = answered.why > 0
        for number, rows in answered.why.filter(refused).value_counts().iter_rows():
            self.rejected[self._answers.refusals[number].code] += rows
        # of each row its place among those that are answered, null for the others
        at = pl.select(pl.when(~refused).then((~refused).cum_sum() - 1)).to_series()
        pieces = answered._replace(pieces=tuple(piece.gather(at) for piece in answered.pieces))
        told = dict(zip(self._ours, self._answers.texts(pieces), strict=True))
        told |= {name: reason(answered.why) for name, reason in zip(REJECT, self._reasons, strict=True)}
        return frame.with_columns(told[name].alias(name) for name in self.added)

    def _text(self, column: pl.Series) -> pl.Series:
        kind = column.dtype
        if kind not in (pl.String, pl.Null, pl.Categorical, pl.Enum):
            raise TypeError(f"column {column.name!r} is {kind}: a column that is read holds text")
        return column.cast(pl.String).fill_null("")


def _reason(part: int) -> Callable[[RefusedRow], str | None]:
    return lambda why: why[part] if why.code else None
