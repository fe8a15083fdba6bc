"""`rules/directory.toml` read: what the codes of open directories mean here. It is read by imports and checks alone, so never kept."""

from __future__ import annotations

import os

from cep_route import checks
from cep_route.files import read_bytes, shipped
from cep_route.files.toml import read_as
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.model.written import DirectoryFile


def load_directory(folder: str | None = None) -> tuple[DirectoryFile | None, list[Finding]]:
    """The codes of a folder of rules (by default the shipped one), or every fault of their shape."""
    path = os.path.join(folder or shipped("rules"), "directory.toml")
    codes, _, findings = read_as(DirectoryFile, path, read_bytes(path))
    return codes, findings


def judge_directory(path: str, data: bytes, law: Law, on: str, months: int | None) -> list[Finding]:
    """Every fault of the codes, of shape or of meaning, and sources older than `months` on the day."""
    codes, document, findings = read_as(DirectoryFile, path, data)
    return findings if codes is None else checks.directory_names(codes, document.place, law, on, months)
