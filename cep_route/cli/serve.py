"""`cep-route serve`: the router kept open, for one program by lines (`--stdio`) or for several over HTTP on this machine (`--http`)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cep_route import __version__, files
from cep_route.cli.console import (
    WELL,
    CannotRun,
    Result,
    asked_day,
    asked_law,
    named_desks,
    note,
    tell,
    today,
)
from cep_route.cli.page import orienteur
from cep_route.cli.schema import SCHEMAS, described_as
from cep_route.cli.territory import listed
from cep_route.messages import say
from cep_route.model.answer import Finding
from cep_route.render.data import Json
from cep_route.render.orienteur import page as written
from cep_route.router import Router
from cep_route.serve.request import Lines, Service

SIGTERM_EXIT = 143


def serve(
    *,
    stdio: bool = False,
    http: bool = False,
    host: str = "127.0.0.1",
    port: int = 8700,
    territory: str | None = None,
    territories: str | None = None,
    desks: str | None = None,
    rules: str | None = None,
    on: str | None = None,
    lang: str = "fr",
) -> Result:
    """Serve until the input ends (0), the program is told to stop (143) or interrupted (130); 2 when it cannot begin."""
    law, day = asked_law(rules), asked_day(on)
    if stdio == http:
        raise CannotRun(Finding(code="CEP816"))
    router = Router(law, rules=rules, territories=territories, territory=territory, desks=named_desks(desks))
    _, findings = router.read({}, on=day)  # opens what every answer needs, and says what is wrong with it
    if errors := [f for f in findings if f.severity == "error"]:
        raise CannotRun(*errors)
    service = Service(router, files.territories(territories), (lambda: day) if on else today, lang)
    if http:
        _http(service, host, port, territories, lang)
        return Result()
    talk = Lines(service, sys.stdin.buffer, sys.stdout.buffer)
    with _until_told(talk.stop):
        talk.run()
    return Result(code=SIGTERM_EXIT if talk.stopping else WELL)


@contextmanager
def _until_told(stop: Callable[[], bool]) -> Iterator[None]:
    """SIGTERM ends what is done meanwhile, at once when `stop` says so, else once what is under way is answered."""

    def told(*_: object) -> None:
        if stop():
            raise SystemExit(SIGTERM_EXIT)

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _http(service: Service, host: str, port: int, territories: str | None, lang: str) -> None:
    try:
        from cep_route.serve.http import listen, serve  # starlette and uvicorn: for this alone, and an extra
    except ImportError:
        raise CannotRun(Finding(code="CEP817", values={"what": "serve --http", "extra": "http"})) from None
    opened = listen(host, port)
    if isinstance(opened, OSError):
        code = opened.errno or 0
        why = os.strerror(code) if code > 0 else str(opened.strerror or opened)
        raise CannotRun(Finding(code="CEP814", values={"address": f"{host}:{port}", "why": why}))
    name, number = opened.getsockname()[:2]
    address = f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"

    def ready() -> None:
        note(say("serve.listening", lang, address=address))
        if not address.startswith(("http://127.", "http://[::1]")):
            tell([Finding(code="CEP815", values={"address": address}, severity="warning")], lang)

    # What the service hands out that is of no person: path -> JSON.
    law, today_ = service.router.law, service.today()
    documents: dict[str, Json] = {f"/schema/{what}": described_as(what, law, lang) for what in SCHEMAS}
    documents["/territories"] = [*listed(law, territories, today_)[0]]
    made, _ = orienteur(service.router.territory or files.WHOLE_COUNTRY, law, today_, territories)
    if made is not None:  # a territory whose page cannot be made is still answered for
        documents["/"] = written(made, law, lang)
    with opened, _until_told(lambda: True):
        serve(service, opened, documents, version=__version__, ready=ready)
