"""Where the program starts. An ordinary `route` is understood by the compiled grammar; everything else goes to Typer.

The grammar is the table `cli.grammar` reads off the Typer commands, kept compiled: there is no second grammar to keep in step.
A word the table does not know sends the whole line to Typer, which answers it or says what is wrong.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from typing import Any

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
SIGPIPE_EXIT = 141  # 128 + SIGPIPE: what a shell expects of a writer whose reader left
INTERRUPTED = 130  # 128 + SIGINT


def main() -> None:
    """The console script: runs and ends the process with the exit code, whatever signal comes once all is done.

    Python's own end would tidy up memory that goes with the process (40 ms after `batch`). A Ctrl-C meanwhile, or one that met
    it inside some module's `exec` of a text, would be its death by SIGINT there, after all files are written.
    """
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was answered
        code = INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:  # noqa: SIM105  # `contextlib` would be 3 ms of every start
                stream.flush()
            except (OSError, ValueError):  # who reads it has left, or it was closed
                pass
    os._exit(code)


def run(argv: list[str]) -> int:
    """Run one command line; whatever happens, one line and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a pipe or a file gets UTF-8 whatever the locale: it may be JSON
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="backslashreplace"
            )
    try:
        code = _quick(argv) if argv[:1] == ["route"] else None
        if code is None:
            from cep_route.cli import main as typer_main

            code = typer_main(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return SIGPIPE_EXIT
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as stop:  # a command was told to stop
        return stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # noqa: BLE001  # the last wall: a bug of ours is one line and exit 3
        if isinstance(error, OSError) and error.errno in _FULL:
            return _unwritten(error)
        return _bug(error)
    return code


def _abandon_stdout() -> None:
    """Nobody takes what is still in the buffer: without this Python complains once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unwritten(error: OSError) -> int:
    """The disk behind stdout is full: the answer could not be given, and it is no bug of ours."""
    from cep_route.commands import CANNOT, tell
    from cep_route.model.answer import Finding

    _abandon_stdout()
    finding = Finding(code="CEP525", values={"file": "stdout", "why": os.strerror(error.errno or 0)})
    tell([finding], _told_language())
    return CANNOT


def _told_language() -> str:
    told = os.environ.get("CEP_ROUTE_LANG", "fr")[:2]
    return told if told in ("fr", "en") else "fr"


def _bug(error: Exception) -> int:
    """One line that names the kind of error and the place in our code; never a value, which may be a person's."""
    from cep_route.commands import BUG, tell
    from cep_route.render.findings import bug_of

    if os.environ.get("CEP_ROUTE_DEBUG"):
        raise error
    tell([bug_of(error)], _told_language())
    return BUG


def _quick(argv: list[str]) -> int | None:
    """The answer of a `route` every word of which the compiled grammar knows; None for anything else."""
    from cep_route import files
    from cep_route.files.cache import recall

    kept = recall("grammar", files.grammar_key())
    words = understood(argv[1:], kept) if kept else None
    if words is None or (words["territories"] is not None and files.no_territories(words["territories"])):
        return None
    from cep_route.commands.route import from_words

    return from_words(**words)


def understood(argv: list[str], table: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The words of a line by the table; None when one of them is not plainly an option and its value."""
    options = table["options"]
    words = dict(table["defaults"])
    position = 0
    while position < len(argv):
        word, equals, value = argv[position].partition("=")
        position += 1
        known = options.get(word)
        if known is None or not word.startswith("-") or (equals and not word.startswith("--")):
            return None
        name, kind = known
        if kind == "flag":
            if equals:
                return None
            words[name] = True
            continue
        if not equals:
            if position == len(argv):
                return None
            value = argv[position]
            position += 1
        words[name] = [*(words[name] or ()), value] if kind == "many" else value
    if not any(a == "--lang" or a.startswith("--lang=") for a in argv):
        words["lang"] = _told_language()
    return words if words["lang"] in ("fr", "en") else None


if __name__ == "__main__":
    main()
