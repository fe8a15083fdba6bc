"""What the README, the LISEZMOI and the documentation show is run, word for word; their tables are those of the program."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cep_route import __main__
from cep_route.cli import app as cli
from cep_route.cli import console as commands
from cep_route.messages import codes

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "LISEZMOI.md")
SITE = tuple(sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")))
DOCUMENTS = READMES + tuple(
    name for name in SITE if "```console" in (ROOT / name).read_text(encoding="utf-8")
)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.usefixtures("plain_world")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def shown(block):
    """[(command, what is shown below it)] of a block: a command begins with `$ ` and goes on after `> `."""
    pairs = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            pairs.append([line[2:].rstrip("\n"), ""])
        elif line.startswith(">") and not pairs[-1][1]:
            pairs[-1][0] += "\n" + line[2:].rstrip("\n")
        else:
            pairs[-1][1] += line
    return pairs


def prompted(command):
    """The command as a shell shows it, its further lines after `>`."""
    return "\n".join(f"> {line}".rstrip() for line in command.split("\n"))[2:]


def terminal(command, folder, monkeypatch):
    """Both streams, as a terminal would show them; a command of ours that asks nothing of a shell is run in this process."""
    if re.fullmatch(r"cep-route [^|<>&;$`*?(){}!~\n]*", command):
        screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with monkeypatch.context() as patched:
            patched.chdir(folder)
            patched.setattr(sys, "stdout", screen)
            patched.setattr(sys, "stderr", screen)
            __main__.run(shlex.split(command)[1:])
        return screen.buffer.getvalue().decode("utf-8")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_shown_is_what_is_said(name, tmp_path, request, monkeypatch):
    """The blocks of a document follow one another in one folder."""
    for folder in ("examples", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    text = text_of(name)
    said = [
        [(command, terminal(command, tmp_path, monkeypatch)) for command, _ in shown(block)]
        for block in BLOCK.findall(text)
    ]
    assert said
    if request.config.getoption("--golden-update"):
        fresh = iter(said)
        text = BLOCK.sub(
            lambda _: (
                "```console\n"
                + "".join(f"$ {prompted(command)}\n{out}" for command, out in next(fresh))
                + "```"
            ),
            text,
        )
        (ROOT / name).write_text(text, encoding="utf-8")
    for block, lines in zip(BLOCK.findall(text), said, strict=True):
        assert [tuple(pair) for pair in shown(block)] == lines


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_command_that_is_shown_fails(name, tmp_path):
    for block in BLOCK.findall(text_of(name)):
        for _, out in shown(block):
            assert "Traceback" not in out
            assert "CEP530" not in out
            assert "command not found" not in out


def rows(text, heading):
    """The rows of the table whose first heading is given."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, heading
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        for line in table[1].splitlines()
    ]


def test_the_exit_codes_are_those_of_the_program():
    told = {int(code) for code, _ in rows(text_of("README.md"), "exit code")}
    ours = {
        commands.WELL,
        commands.FOUND,
        commands.CANNOT,
        commands.BUG,
        130,
        __main__.SIGPIPE_EXIT,
        129,
        143,
    }
    assert told == ours
    assert {int(code) for code, _ in rows(text_of("LISEZMOI.md"), "sortie")} == {0, 1, 2, 3}


def test_every_family_of_codes_has_its_row():
    assert [code for code, _ in rows(text_of("README.md"), "codes")] == sorted(
        {f"{code[:4]}xx" for code in codes()}
    )


def test_every_command_has_its_row():
    told = [name.strip("`") for name, _ in rows(text_of("README.md"), "command")]
    assert told == cli.tree("fr").list_commands(None)
    assert all(f"`{name}`" in text_of("CHANGELOG.md") for name in told)


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(name)):
        assert target.startswith("https://") or (ROOT / name).parent.joinpath(target).exists(), target


def test_the_targets_of_make_that_are_named_exist():
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for name in (*READMES, "CONTRIBUTING.md")
        for target in re.findall(r"\bmake ([a-z]+)\b(?! is)", text_of(name))
    }
    assert named
    assert named - {"is"} <= made


def test_every_code_rule_and_option_that_is_named_exists():
    known = {word for p in cli.every("fr")["route"].params for word in p.opts}
    for name in (*READMES, *SITE):
        assert set(re.findall(r"CEP\d{3}", text_of(name))) <= set(codes())
        for line in re.findall(r"^\$ cep-route route .*", text_of(name), re.MULTILINE):
            options = re.findall(r"(?<= )--[a-z-]+", line.partition(" | ")[0])
            assert set(options) <= set(known), line


def cli_law():
    from cep_route import files

    law = files.load_law()[0]
    assert law is not None
    return law


def test_the_changelog_names_the_version_that_is_shipped():
    from cep_route import __version__

    assert f"## [{__version__}] - " in text_of("CHANGELOG.md")
    assert re.search(r"^## \[Unreleased\]$", text_of("CHANGELOG.md"), re.MULTILINE)


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md"])
def test_no_line_is_longer_than_a_page(name):
    prose = re.sub(r"^```.*?^```$", "", text_of(name), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > 145] == []


def test_the_readmes_are_short_and_begin_with_a_screen():
    for name in READMES:
        lines = text_of(name).splitlines()
        assert len(lines) <= 200, name
        assert "](docs/screen.svg)" in lines[2], name


def test_the_screen_is_what_a_terminal_shows():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import build_screen
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert build_screen.svg() == text_of("docs/screen.svg")  # python tools/build_screen.py makes it anew
    assert not re.findall(r"(?:src|href|url)[=(]['\"]?https?:", text_of("docs/screen.svg"))


def test_counsellors_are_shown_no_shell_tricks():
    """The tutorial has nothing to type but commands: no pipe, no sed, no stream sent away."""
    tricks = [
        command
        for name in ("LISEZMOI.md", "docs/conseiller.md")
        for block in BLOCK.findall(text_of(name))
        for command, _ in shown(block)
        if re.search(r"[|<>&;]|\b(sed|grep|head|printf|cut)\b", command)
    ]
    assert not tricks


def test_what_contributing_points_at_is_there():
    """A newcomer's ten questions are answered by files that exist, two at most each."""
    questions = rows(text_of("CONTRIBUTING.md"), "question")
    assert len(questions) >= 10
    faults = []
    for question, answer in questions:
        paths = [p for p in re.findall(r"[`(]([a-z_]+(?:/[\w.-]+)*/?(?:\.\w+)?)[`)]", answer) if "/" in p]
        missing = [path for path in paths if not (ROOT / path).exists()]
        if missing or not 0 < len(set(paths)) <= 2:
            faults.append(f"{question} {missing or paths}")
    assert not faults
    rooms = re.findall(
        r"`(\w+)(?:\.py)?`", " ".join(row[0] for row in rows(text_of("CONTRIBUTING.md"), "room"))
    )
    ours = {p.stem for p in (ROOT / "cep_route").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert ours <= set(rooms), ours - set(rooms)
