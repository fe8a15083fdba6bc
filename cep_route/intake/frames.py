"""Data frames of text columns to the same frames with our columns: for Parquet, polars, Arrow, engines that spread their rows over many
machines. Never opens the data, never drops a row, never answers otherwise than `batch`.

    frames = open_frames(names, samples, on="2026-11-22")      # a Frames, or the findings that stop it
    routed = frames.route(frame)                                # polars.DataFrame -> polars.DataFrame

A row that cannot be routed for sure stays in its place: its `cep_*` cells are null, and three more columns, null everywhere else,
say why it is rejected: `cep_reject_code`, `cep_reject_column`, `cep_reject_reason`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from cep_route import files
from cep_route.engine.explain import Judge
from cep_route.intake.answers import Answered, Answers
from cep_route.intake.columns import Mapping, Saved, map_columns
from cep_route.intake.homes import Homes
from cep_route.intake.people import COLUMNS, Layout, People
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
    ours = Layout(columns=tuple(name for name in COLUMNS if name in added), joined=False)
    people = People(
        columns, Judge(law), homes, on=on, lang=lang, strict=strict, saved=saved, render="".join, layout=ours,
        territory_at=territory_column(columns),
    )  # fmt: skip
    return Frames(columns, people, ours, tuple(name for name in REJECT if name in added))


class Frames:
    """Answers to frames that all have the same columns, over one set of memos. One thread at a time.

    `columns`: what each column was taken for, with its findings; `added`: our columns that come out; `tally`: what was routed so far,
    `rejected` what was not, by code.
    """

    def __init__(self, columns: Mapping, people: People, ours: Layout, reject: tuple[str, ...]) -> None:
        self.columns, self.people = columns, people
        self.added = (*ours.columns, *reject)
        self.tally, self.rejected = Tally(), dict[str, int]()
        self._names = [column.header for column in columns.columns]
        self._ours, self._reject = ours.columns, reject
        self._answers = Answers(people)

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
            {at: self._answers.coded(at, column) for at, column in cells.items()},
            frame.height,
            lambda row: ["" if cell is None else str(cell) for cell in frame.row(row)],
        )
        living = ~answered.refused
        for person, rows in answered.people.filter(living).value_counts().iter_rows():
            self.tally.add(self.people.kinds[person], rows)
        at = pl.select(pl.when(living).then(living.cum_sum().cast(pl.Int64) - 1)).to_series()
        added = [text.gather(at).alias(name) for name, text in zip(self._ours, answered.texts, strict=True)]
        return frame.with_columns(*added, *self._why(answered))

    def _text(self, column: pl.Series) -> pl.Series:
        kind = column.dtype
        if kind not in (pl.String, pl.Null, pl.Categorical, pl.Enum):
            raise TypeError(f"column {column.name!r} is {kind}: a column that is read holds text")
        return column.cast(pl.String).fill_null("")

    def _why(self, answered: Answered) -> list[pl.Series]:
        """Code, column and reason of the rejected rows, null for the others."""
        which, people = answered.refused.arg_true(), self.people
        told: list[tuple[str, str, str]] = []
        for who, where, needs in zip(
            *(ids.gather(which).to_list() for ids in (answered.people, answered.places, answered.needs)),
            strict=True,
        ):
            column, why = people.refusal(people.kinds[who], people.spots[where], people.sets[needs])
            name = why.values.get("columns") or (self._names[column - 1] if column else "")
            told.append((why.code, name, people.reason(why)))
            self.rejected[why.code] = self.rejected.get(why.code, 0) + 1
        found = []
        for at, name in enumerate(REJECT):
            if name in self._reject:
                cells = pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(answered.refused))
                found.append(cells.scatter(which, [texts[at] for texts in told]) if told else cells)
        return found
