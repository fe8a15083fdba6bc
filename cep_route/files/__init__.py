"""The only door to the disk for rules, territories, cases and profiles: text in, models or findings out. It takes no decision.

What a human wrote is read once, judged whole (every fault of every file, with file:line:column), and kept compiled by the
hash of its content. Intake files have their own door, `intake`.
"""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from typing import Any, TypedDict

from msgspec import Struct

from cep_route import places
from cep_route.files.cache import digest, keep, recall
from cep_route.model.answer import Finding, Place
from cep_route.model.law import Law, When
from cep_route.model.territory import Territory
from cep_route.spelling import Spellings
from cep_route.text import nearest


class StatementSaid(Struct, frozen=True, kw_only=True):
    """One statement of it (`model.written.Statement`)."""

    part: str
    id: str
    fr: str
    en: str
    easy: tuple[dict[str, str], ...]
    when: When
    families: tuple[str, ...]
    answers: tuple[str, ...]
    inside: bool | None = None
    since: str | None = None
    until: str | None = None

    @property
    def said(self) -> dict[str, str]:
        return {"fr": self.fr, "en": self.en}


class HandoutSaid(TypedDict):
    """What `rules/handout.toml` says, as it is kept (`model.written.HandoutFile`)."""

    kept_back: dict[str, list[str]]
    statements: list[StatementSaid]
    questions: list[dict[str, str]]


Index = dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]]
# Data beside the rules that never decides who may serve: their own rooms read and judge them.
_BESIDE_THE_LAW = frozenset(("directory.toml", "handout.toml", "population.toml"))
_MANY = 99_999  # communes of a perimeter told by its name (a département, a region): after any list that names the commune
WHOLE_COUNTRY = "france"
BYTES_AT_MOST = 4_000_000  # of a file of rules or of a territory
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def shipped(name: str) -> str:
    """The folder of shipped `rules` or `territories`: inside the wheel, or beside the package in a checkout."""
    inside = os.path.join(_HERE, name)
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_HERE), name)


def read_bytes(path: str) -> bytes | Finding:
    """The bytes of a regular file, or why not."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            return Finding(code="CEP013", values={"file": path}, place=Place(file=path))
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return Finding(code="CEP014", values={"file": path, "why": reason(error)}, place=Place(file=path))


def reason(error: OSError) -> str:
    """Why the system would not, in its words."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def toml_files(folder: str) -> list[str]:
    """The TOML files of a folder, sorted by name."""
    try:
        return sorted(entry.path for entry in os.scandir(folder) if entry.name.endswith(".toml"))
    except OSError:
        return []


def load_law(folder: str | None = None) -> tuple[Law | None, list[Finding]]:
    """The law compiled from a folder of rules (by default the shipped one), with what is wrong in it.

    A law with an error is None; warnings come with a law.
    """
    return _load_rules("law", folder)


def load_cooperation(folder: str | None = None) -> tuple[Law | None, list[Finding]]:
    """The study's configurations, compiled like the law."""
    return _load_rules("cooperation", folder)


def load_spellings(folder: str | None = None) -> Spellings:
    """How people and files write facts, needs and columns, of rules that can be read."""
    found: Spellings = _load_rules("spellings", folder)[0]
    return found


def load_handout(law: Law, folder: str | None = None) -> tuple[HandoutSaid | None, list[Finding]]:
    """What the sheet says beside the answer (`rules/handout.toml`, for `render.handout`), with what is wrong in it.

    A folder of rules without one speaks by the shipped one.
    """
    own, ours = (os.path.join(at, "handout.toml") for at in (folder or shipped("rules"), shipped("rules")))
    path = own if os.path.exists(own) else ours
    data = read_bytes(path)
    if isinstance(data, Finding):
        return None, [data]
    key = digest((law.digest.encode(), data))
    kept = recall("handout", key, HandoutSaid)
    if kept is not None:
        return kept, []
    from cep_route.files import written

    said, findings = written.compile_handout(path, data, law)
    if said is None or (findings and path == own):
        return None, findings
    if findings:  # other rules may lack the facts that its boxes name
        said["statements"] = [s for s in said["statements"] if not s.when]
    else:
        keep("handout", key, said)
    return said, []


_SHAPES: dict[str, type[Any]] = {"law": Law, "cooperation": Law, "spellings": Spellings}


def _load_rules(kind: str, folder: str | None) -> tuple[Any, list[Finding]]:
    folder = folder or shipped("rules")
    found, findings = compiled_rules(kind, folder, tuple(map(_stamp, toml_files(folder))))
    return found, list(findings)


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        there = os.stat(path)
    except OSError:  # a link that leads nowhere: a finding when it is read
        return path, 0, 0
    return path, there.st_size, there.st_mtime_ns


@lru_cache(maxsize=8)
def compiled_rules(
    kind: str, folder: str, stamp: tuple[tuple[str, int, int], ...]
) -> tuple[Any, list[Finding]]:
    """Read once by a process, for as long as the files are as they were."""
    contents, key, findings = _texts(folder, stamp)
    if not contents:
        return None, findings or [Finding(code="CEP015", values={"folder": folder}, place=Place(file=folder))]
    if not findings and (kept := recall(kind, key, _SHAPES[kind])) is not None:
        return kept, []
    from cep_route.files import written

    laws, more = written.compile_rules(contents, key)
    findings = sorted([*findings, *more], key=Finding.order)
    if any(f.severity == "error" for f in findings):
        return None, findings
    for name, law in laws.items() if not findings else ():
        keep(name, key, law)
    return laws.get(kind), findings


@lru_cache(maxsize=2)
def _texts(
    folder: str, _stamp: tuple[tuple[str, int, int], ...]
) -> tuple[list[tuple[str, bytes]], str, list[Finding]]:
    contents, findings = rule_texts(folder)
    key = digest(part for path, data in contents for part in (os.path.basename(path).encode(), data))
    return contents, key, findings


def rule_texts(folder: str) -> tuple[list[tuple[str, bytes]], list[Finding]]:
    """The TOML files of a folder, by name, and why some could not be read."""
    paths = [path for path in toml_files(folder) if os.path.basename(path) not in _BESIDE_THE_LAW]
    read = [(path, read_bytes(path)) for path in paths]
    texts = [(path, data) for path, data in read if not isinstance(data, Finding)]
    return texts, [data for _, data in read if isinstance(data, Finding)]


def load_territory(name: str, law: Law, folder: str | None = None) -> tuple[Territory | None, list[Finding]]:
    """A territory by the path of its file or the id of a shipped one, compiled (`written.compile_territory`), with what is wrong."""
    path = territory_path(name, folder)
    if path is None:
        near = nearest(name, territories(folder))
        return None, [Finding(code="CEP016", values={"territory": name, "near": near})]
    data = read_bytes(path)
    if isinstance(data, Finding):
        return None, [data]
    key = digest((law.digest.encode(), data))
    kept = recall("territory", key, Territory)
    if kept is not None:
        return kept, []
    from cep_route.files import written

    territory, findings = written.compile_territory(path, data, law)
    if territory is None:
        return None, findings
    keep("territory", key, territory)  # its warnings are for `check`, not for every route
    return territory, []


def territory_path(name: str, folder: str | None = None) -> str | None:
    """The file of a territory: a path as given, or the id of one of the folder. An id is looked up, never joined to a path."""
    if name.endswith(".toml") or os.sep in name:
        return name
    return territories(folder).get(name)


def territories(folder: str | None = None) -> dict[str, str]:
    """id -> path of each territory of a folder (by default the shipped ones); the file is named by the id."""
    return {
        os.path.basename(path)[: -len(".toml")]: path for path in toml_files(folder or shipped("territories"))
    }


def no_territories(folder: str) -> Finding | None:
    """Why a folder of territories cannot be one: without it every person would be sent to the addresses of the whole country."""
    if os.path.isdir(folder):
        return None
    return Finding(code="CEP018", values={"folder": folder}, place=Place(file=folder))


class Territories:
    """The territories of a folder, by default the shipped ones: each read once, and which of them holds a commune.

    Threads may share it: what is made lazily is made whole before it is put where others look.
    """

    def __init__(self, law: Law, folder: str | None = None) -> None:
        self.law, self.folder = law, folder
        self._cards: dict[str, Territory] = {}
        self.holder = lru_cache(maxsize=50_000)(self._holder)

    def path(self, name: str) -> str:
        """The file of an id, or of a path; that of the whole country is the shipped one where the folder has none."""
        own = territory_path(name, self.folder)
        return own or (name == WHOLE_COUNTRY and territory_path(name)) or name

    def card(self, name: str) -> tuple[Territory | None, list[Finding]]:
        """A territory, or why it cannot be read."""
        if name in self._cards:
            return self._cards[name], []
        card, findings = load_territory(self.path(name), self.law, self.folder)
        if card is not None:  # a name that leads nowhere is anyone's: it is not kept
            self._cards[name] = card
        return card, findings

    @cached_property
    def index(self) -> Index:
        """id -> (communes, perimeter, is it the whole country) of every readable one; kept by names, sizes and times of the files."""
        paths = sorted(territories(self.folder).items())
        key = digest(" ".join(map(str, (name, *_stamp(path)))).encode() for name, path in paths)
        kept = recall("index", key, Index)
        if kept is None:
            heads = {name: card.head for name, path in paths if (card := load_territory(path, self.law)[0])}
            zones = {name: head.perimeter or () for name, head in heads.items()}
            kept = {n: (h.communes or (), zones[n], WHOLE_COUNTRY in zones[n]) for n, h in heads.items()}
            keep("index", key, kept)
        return kept

    def _holder(self, commune: str) -> str:
        """The id of the territory whose own communes or perimeter hold a commune, the smallest one of several; else the whole country."""
        held = [
            (wide, size, name)
            for name, (communes, perimeter, wide) in self.index.items()
            if commune in communes or (perimeter and places.covers(perimeter, commune))
            for size in (len(communes) if commune in communes else _MANY,)
        ]
        return min(held)[2] if held else WHOLE_COUNTRY


def holds(territory: Territory, commune: str) -> bool:
    """Whether a territory is that of a commune: one it lists, one it brings, or one of its perimeter."""
    own = {c.code for c in territory.communes or ()} | set(territory.head.communes or ())
    return commune in own or places.covers(territory.head.perimeter or (), commune)
