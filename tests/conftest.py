"""What several tests share: the day, a cache of their own, the golden transcripts, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a run begun in the background ignores Ctrl-C, and so would every command it starts: some are interrupted on purpose
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    # under nohup too: a handler, so that the run goes on and every command it starts has the default again
    signal.signal(signal.SIGHUP, lambda *_: None)

# the same examples at every run of the continuous integration; anywhere else new ones are looked for
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

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


# -- a real browser ------------------------------------------------------------------------------------------------------------

# Without a window, and without a word to the world: Chromium would look for updates and sign in by itself.
CHROMIUM_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars")  # fmt: skip


def absent(what, how):
    """Skip where something optional is absent; on the machine that judges every change nothing may be."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not here: {how}")


@pytest.fixture(scope="session")
def chromium():
    """The path of Chromium, for tests that only start it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or absent("Chromium", "apt-get install -y --no-install-recommends chromium")


@pytest.fixture(scope="session")
def browser(chromium, tmp_path_factory):
    """One Chromium for the whole run, with a profile of its own, driven by selenium. Open pages by their `file:` address.

    It keeps what the pages said to the console: `browser.get_log("browser")`.
    """
    driver = shutil.which("chromedriver") or absent(
        "chromedriver", "apt-get install -y --no-install-recommends chromium-driver"
    )
    if find_spec("selenium") is None:
        absent("selenium", "pip install 'cep-route[dev]'")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # the driver is named: selenium would otherwise look for one on the network
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    opened.set_script_timeout(300)
    yield opened
    opened.quit()


@pytest.fixture(scope="session")
def axe():
    """`axe(browser)`: what axe-core finds wrong in the page shown, one line per element; an empty list when nothing is."""
    home = find_spec(
        "axe_playwright_python"
    )  # not imported: of this package only the script it carries is used
    if home is None:
        absent("axe-core", "make .venv/dev")
    script = Path(home.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")

    def faults(browser, **options):
        browser.execute_script(f"if (!window.axe) {{ {script} }}")
        found = browser.execute_async_script(
            "const [options, done] = arguments;"
            "axe.run(document, options).then(done, (error) => done({fault: String(error)}));",
            options,
        )
        assert "fault" not in found, found
        return [
            f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return faults


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """Where each test has a home of its own, made by who writes there: a numbered folder for each would be looked for among all."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_folders(homes, monkeypatch):
    """Each test has its own folders of data and settings: a correction kept by one is not met by another."""
    home = next(homes)
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(home / "config"))
