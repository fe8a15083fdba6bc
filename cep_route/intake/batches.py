"""The bulk core over Arrow: a record batch of text columns to the same columns, row for row, and ours. For Parquet, for data frames, for
engines that spread their rows over many machines. Never opens the data, never drops a row, never answers otherwise than `batch`.

    core = open_batches(names, samples, on="2026-11-22")      # a Batches, or the findings that stop it
    routed = core.route(record_batch)                          # pyarrow.RecordBatch -> pyarrow.RecordBatch

A row that cannot be routed for sure stays in its place: its `cep_*` cells are null, and three more columns, null everywhere else,
say why it is rejected: `cep_reject_code`, `cep_reject_column`, `cep_reject_reason`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pyarrow as pa

from cep_route import files
from cep_route.engine.explain import Judge
from cep_route.intake.bulk import COLUMNS, HEAD, TAIL, UNTIL, Bulk
from cep_route.intake.homes import Homes
from cep_route.intake.keys import Answered, Answers, Column, Numbers
from cep_route.intake.met import Cut, Met, padded
from cep_route.intake.passing import Tally
from cep_route.intake.recognising import Mapping, Saved, map_columns
from cep_route.intake.source import territory_column
from cep_route.model.answer import Finding

REJECT = ("cep_reject_code", "cep_reject_column", "cep_reject_reason")
ADDED = (*COLUMNS, *REJECT)
FEW = 8  # a column has few distinct cells when it has so many times as many rows


def open_batches(
    names: Sequence[str],
    samples: Sequence[Collection[str]] = (),
    *,
    on: str,
    lang: str = "fr",
    strict: bool = False,
    accept_old: bool = False,
    rules: str | None = None,
    territory: str | None = None,
    territories: str | None = None,
    saved: Saved | None = None,
    encoded: bool = True,
    added: Collection[str] = ADDED,
) -> Batches | list[Finding]:
    """A core for batches whose columns have these names, or the findings that stop it.

    `names`: the titles of the columns, in order; `samples`: some distinct cells of each, for titles whose meaning the cells tell;
    `on`: the ISO day; `rules`, `territories`: folders, the shipped ones by default; `territory`: the one for all rows; `saved`: a
    saved mapping; `encoded`: our columns come as dictionaries, each distinct text once, else as plain text (which Spark wants);
    `added`: those of our columns that are wanted, in whatever order (texts that nobody reads take time to move). Raises ValueError
    for one that is not ours.
    """
    if strange := sorted({*added} - {*ADDED}):
        raise ValueError(f"not among the columns we add ({', '.join(ADDED)}): {', '.join(strange)}")
    law, findings = files.load_law(rules)
    if law is None:
        return findings
    columns = map_columns(names, files.load_spellings(rules), samples, on=on, saved=saved)
    del accept_old  # it does nothing any more: each desk tells its own age
    homes = Homes(law, territories, territory)
    taken = [name for name in names if name in added]
    findings = [f for f in (*columns.findings, *homes.findings) if f.severity == "error"]
    if taken:
        findings.append(Finding(code="CEP543", values={"columns": ", ".join(taken)}))
    if findings:
        return findings
    bulk = Bulk(
        columns, Judge(law), homes, on=on, lang=lang, strict=strict, saved=saved, render=tuple,
        territory_at=territory_column(columns),
    )  # fmt: skip
    return Batches(columns, bulk, encoded=encoded, added=added)


class Batches:
    """Answers to record batches that all have the same columns, over one set of memos. One thread at a time.

    `columns`: what each column was taken for, with its findings; `added`: our columns that come out, in their own order; `tally`: what
    was routed so far, `rejected` what was not, by code.
    """

    def __init__(
        self, columns: Mapping, bulk: Bulk, *, encoded: bool = True, added: Collection[str] = ADDED
    ) -> None:
        self.columns, self.bulk, self.encoded = columns, bulk, encoded
        self.added = tuple(name for name in ADDED if name in added)
        self.tally, self.rejected = Tally(), dict[str, int]()
        self._names = [column.header for column in columns.columns]
        self._answers = Answers(bulk, "utf-8")
        self._cells = {at: _Cells(self._names[at], self._answers.column(at)) for at in self._answers.parsed}
        self._texts = tuple(
            (_Coded if encoded else _Plain)([at for at, name in enumerate(names) if name in added])
            for names in (HEAD, UNTIL, TAIL)
        )

    @property
    def key_columns(self) -> tuple[int, ...]:
        """Positions of the columns that are read; all others only pass."""
        return self._answers.parsed

    def schema(self, given: pa.Schema) -> pa.Schema:
        """The schema of what comes out for batches of the given one."""
        import pyarrow as pa

        coded = pa.dictionary(pa.int32(), pa.string()) if self.encoded else pa.string()
        for name in self.added:
            given = given.append(pa.field(name, pa.string() if name in REJECT else coded))
        return given

    def route(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same rows with our columns. Its columns are text (or dictionaries of texts); a null is an empty cell.

        Raises TypeError for a column of another type that would be read: `01000` is not the number 1000.
        """
        import pyarrow as pa

        if batch.schema.names != self._names:
            raise TypeError("the columns of a batch are those the core was opened for, in that order")
        if not batch.num_rows:
            return self._empty(batch)
        numbers = {at: cells.numbers(batch.column(at)) for at, cells in self._cells.items()}
        answered = self._answers.answer(numbers, batch.num_rows)
        self._count(answered)
        added = [*self._told(answered), *self._why(answered, batch.num_rows)]
        return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=self.schema(batch.schema))

    def _empty(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        schema = self.schema(batch.schema)
        return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)

    def _told(self, answered: Answered) -> list[Any]:
        """Our columns, from the numbers of the three pieces of each row."""
        answers = self._answers
        pieces = (
            (answers.heads, answered.heads),
            (answers.untils, answered.untils),
            (answers.tails, answered.tails),
        )
        return [
            column
            for texts, (known, numbers) in zip(self._texts, pieces, strict=True)
            for column in texts.columns(known.made, numbers, answered.refused)
        ]

    def _why(self, answered: Answered, rows: int) -> list[Any]:
        """Code, column and reason of the rejected rows."""
        import numpy as np
        import pyarrow as pa

        wanted = [at for at, name in enumerate(REJECT) if name in self.added]
        if answered.refused is None:
            return [pa.nulls(rows, pa.string())] * len(wanted)
        at, which, reasons = self._answers.reasons(answered)
        told = []
        for column, why in reasons:
            name = why.values.get("columns") or (self._names[column - 1] if column else "")
            told.append((why.code, name, self.bulk.reason(why)))
        for i, count in enumerate(np.bincount(which).tolist()):
            self.rejected[told[i][0]] = self.rejected.get(told[i][0], 0) + count
        indices = np.zeros(rows, np.int32)
        indices[at] = which
        taken = pa.array(indices, mask=~answered.refused)
        return [pa.array([t[i] for t in told], pa.string()).take(taken) for i in wanted]

    def _count(self, answered: Answered) -> None:
        import numpy as np

        people = answered.people if answered.refused is None else answered.people[~answered.refused]
        for i, n in enumerate(np.bincount(people).tolist()):
            if n:
                self.tally.add(self.bulk.kinds[i], n)


class _Plain:
    """Some columns of one kind of piece as plain text; `wanted`: their places in the piece."""

    def __init__(self, wanted: Sequence[int]) -> None:
        self._wanted, self._made, self._count = wanted, list[Any](), 0

    def columns(self, made: list[Any], numbers: Any, refused: Any) -> list[Any]:
        """A column each of the texts of some pieces, null where `refused` is true. `made`: all pieces met, by number."""
        if made is not self._made:
            self._made, self._count = made, 0
            self._forget()
        if len(made) > self._count:
            fresh = made[self._count :]
            self._count = len(made)
            for column, at in enumerate(self._wanted):
                self._learn(column, ["" if piece is None else piece[at] for piece in fresh])
        return self._spread(numbers, refused)

    def _forget(self) -> None:
        import pyarrow as pa

        # of each column its texts, by piece; and the same as Arrow refers to them, sixteen bytes each
        self._texts: list[Any] = [pa.array([], pa.string())] * len(self._wanted)
        self._views: list[Any] = [None] * len(self._wanted)

    def _learn(self, at: int, texts: Iterable[str]) -> None:
        import numpy as np
        import pyarrow as pa

        self._texts[at] = pa.concat_arrays([self._texts[at], pa.array(texts, pa.string())])
        _, views, *letters = self._texts[at].cast(pa.string_view()).buffers()
        self._views[at] = np.frombuffer(views, "V16"), letters

    def _spread(self, numbers: Any, refused: Any) -> list[Any]:
        import numpy as np
        import pyarrow as pa

        valid = None if refused is None else pa.py_buffer(np.packbits(~refused, bitorder="little"))
        return [
            pa.Array.from_buffers(
                pa.string_view(), len(numbers), [valid, pa.py_buffer(views[numbers]), *letters]
            ).cast(pa.string())
            for views, letters in self._views
        ]


class _Coded(_Plain):
    """The same columns as dictionaries, each distinct text once."""

    def _forget(self) -> None:
        super()._forget()
        self._numbers: list[dict[str, int]] = [{} for _ in self._wanted]
        self._of = [Numbers() for _ in self._wanted]  # which text each piece holds

    def _learn(self, at: int, texts: Iterable[str]) -> None:
        numbers, of = self._numbers[at], self._of[at]
        known = len(numbers)
        for text in texts:
            of.append(numbers.setdefault(text, len(numbers)))
        if len(numbers) > known:
            super()._learn(at, list(numbers)[known:])

    def _spread(self, numbers: Any, refused: Any) -> list[Any]:
        import pyarrow as pa

        return [
            pa.DictionaryArray.from_arrays(
                pa.array(of.array.astype("int32")[numbers], mask=refused), texts, safe=False
            )
            for of, texts in zip(self._of, self._texts, strict=True)
        ]


class _Cells:
    """A column that is read: the number of the cell of each row. Cells met before are found again, all of them in an Arrow array while
    these are few beside the rows, by their bytes when they are many: either takes less time than telling them apart anew.
    """

    def __init__(self, name: str, column: Column) -> None:
        self._name, self._column, self._kind = name, column, None
        self._forget()

    def _forget(self) -> None:
        import numpy as np
        import pyarrow as pa

        self._era = self._column.era
        self._few, self._few_numbers = pa.array([], self._kind or pa.string()), np.zeros(0, np.int64)
        self._met = Met()

    def numbers(self, cells: Any) -> Any:
        """What the column has numbered the cell of each row; a null is an empty cell."""
        import pyarrow as pa

        kind = cells.type
        if not _is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
            raise TypeError(f"column {self._name!r} is {kind}: a column that is read holds text")
        if pa.types.is_null(kind) or (pa.types.is_dictionary(kind) and cells.dictionary.null_count):
            cells = cells.cast(pa.string())
        if cells.null_count:
            cells = (cells.cast(pa.string()) if pa.types.is_dictionary(kind) else cells).fill_null("")
        if self._column.is_full:
            self._column.forget()
        if self._era != self._column.era or self._kind != cells.type:
            self._kind = cells.type
            self._forget()
        if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            return self._anew(cells)
        if len(self._few) * FEW <= len(cells):
            return self._among_few(cells)
        return self._by_bytes(cells)

    def _asked(self, words: Any) -> Any:
        import pyarrow as pa

        return self._column.numbers(words.cast(pa.string())).astype("int64")

    def _anew(self, cells: Any) -> Any:
        import pyarrow as pa

        coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        return self._asked(coded.dictionary)[_wide(coded.indices)]

    def _among_few(self, cells: Any) -> Any:
        import numpy as np
        import pyarrow as pa
        from pyarrow import compute

        which = compute.index_in(cells, value_set=self._few)
        if which.null_count:
            fresh = cells.filter(which.is_null()).unique()
            self._few = pa.concat_arrays([self._few, fresh])
            self._few_numbers = np.concatenate((self._few_numbers, self._asked(fresh)))
            which = compute.index_in(cells, value_set=self._few)
        return self._few_numbers[_wide(which)]

    def _by_bytes(self, cells: Any) -> Any:
        import numpy as np
        import pyarrow as pa

        cut = _cut(cells)
        if cut is None:
            return self._anew(cells)
        found = self._met.look(cut)
        new = np.flatnonzero(found < 0)
        if len(new):
            coded = cells.take(pa.array(new)).dictionary_encode()
            numbers, which = self._asked(coded.dictionary), _wide(coded.indices)
            found[new] = numbers[which]
            self._met.learn(cut[new[np.unique(which, return_index=True)[1]]], numbers)
        return found


def _cut(cells: Any) -> Cut | None:
    """Where the cells of a column of texts lie, None when one has a NUL, by whose bytes alone it would be taken for a shorter one."""
    import numpy as np
    import pyarrow as pa

    _, ends, letters = cells.buffers()
    kind = np.int64 if pa.types.is_large_string(cells.type) else np.int32
    ends = np.frombuffer(ends, kind)[cells.offset : cells.offset + len(cells) + 1].astype("int64")
    raw = letters[int(ends[0]) : int(ends[-1])].to_pybytes() if letters is not None else b""
    ends -= ends[0]
    return None if b"\0" in raw else Cut(raw=padded(raw), starts=ends[:-1], sizes=np.diff(ends))


def _wide(numbers: Any) -> Any:
    """Indices as numpy likes them: it looks up by 64 bits three times as fast as by 32."""
    return numbers.to_numpy(zero_copy_only=False).astype("int64")


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip
