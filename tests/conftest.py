"""What several tests share: the day, a cache of their own, and the golden transcripts."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

with (
    warnings.catch_warnings()
):  # this Typer takes from click what click 9 will drop; a warning is an error in our tests
    warnings.simplefilter("ignore", DeprecationWarning)
    import typer  # noqa: F401

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--golden-update", action="store_true", help="write tests/golden anew; read every line that changes"
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """One cache folder for the whole run: rules are compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def plain_world(cache, monkeypatch):
    """A fixed day, French, 80 columns, no colours told either way: what transcripts are read in."""
    for name in ("CEP_ROUTE_LANG", "NO_COLOR", "FORCE_COLOR", "CEP_ROUTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CEP_ROUTE_TODAY", "2026-11-22")
    monkeypatch.setenv("CEP_ROUTE_CACHE", os.fspath(cache))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def golden(request):
    """Compare a text with the kept one, or keep it."""

    def compare(name, text):
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--golden-update"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is not kept yet: pytest --golden-update, then read it"
        assert text == path.read_text(encoding="utf-8")

    return compare
