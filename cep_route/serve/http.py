"""The service over HTTP, on this machine by default: every request bounded in size, time and number, every error a finding.

No body is ever logged: nothing is, but one line per error of ours, which names a place in the code. It listens; it asks nobody anything,
and a page of the web cannot use it: other hosts' names and other content types are refused, and no cross-origin header is ever sent.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TypeAlias

import h11
import uvicorn
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.data import Json
from cep_route.render.findings import bug_of, finding_text
from cep_route.render.schema import Schema
from cep_route.render.schema import described as schema_of
from cep_route.serve.docs import docs_page
from cep_route.serve.request import (
    LONGEST,
    InterviewBody,
    NextQuestionData,
    Refusal,
    Reply,
    Service,
    request_schema,
)

AT_ONCE = 64  # requests under way; the next one is told to come back
CONNECTIONS = 512  # open at once, idle ones included
THREADS = 2  # that answer: Python takes turns, so more would only make each wait longer
HEAD_SECONDS = BODY_SECONDS = 5  # for the head, then for the body of a request to come
TURN_SECONDS = 0.001  # after which a thread that answers lets the others in: the default lets each request wait five times as long
GC_THRESHOLD = (
    2_000,
    10,
    10,
)  # new objects before a collection: small and often, where the command line takes one large step
WORK_SECONDS = 10  # for its turn and its answer
IDLE_SECONDS = 30  # a connection kept for the next request
STOP_SECONDS = 15  # for what is under way once told to stop
HEAD_BYTES = 16 * 1024

_STATUS = {
    "CEP530": 500, "CEP800": 400, "CEP801": 400, "CEP802": 413, "CEP803": 400, "CEP806": 400, "CEP807": 400, "CEP808": 503,
    "CEP809": 408, "CEP810": 404, "CEP811": 405, "CEP812": 415, "CEP813": 421, "CEP818": 400,
}  # fmt: skip
_UNREADABLE = 422  # everything else: JSON of the right kind that describes nobody
_CAREFUL = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_HEADERS = (*_CAREFUL, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
_PAGE_HEADERS = (
    *_CAREFUL,
    (b"content-security-policy", b"frame-ancestors 'none'"),
)  # a page says the rest itself
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


Document: TypeAlias = Json  # what is handed out at an address: JSON, or the text of a page
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Metrics:
    """Counts and durations by address and status; nothing that a request says."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "cep_route_requests", "Requests answered.", ("path", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "cep_route_request_seconds", "Time from head to answer.", ("path",), buckets=_BUCKETS, registry=self.registry
        )  # fmt: skip
        self.under_way = Gauge(
            "cep_route_requests_under_way", "Requests being answered.", registry=self.registry
        )
        Info("cep_route_build", "The version that answers.", registry=self.registry).info(
            {"version": version}
        )
        ProcessCollector(registry=self.registry)


class Door:
    """The application: what every request meets before and after its own address."""

    def __init__(
        self,
        service: Service,
        documents: Mapping[str, Document],
        *,
        version: str,
        names: frozenset[str] | None,
    ) -> None:
        self.service, self.names = service, names
        self.metrics = Metrics(version)
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
        self.under_way = 0
        self.connections = 0
        openapi = described(documents, version, service.router.law, service.lang)
        fixed: dict[str, Document] = {
            **documents,
            "/openapi.json": openapi,
            "/health": {"status": "ok", "version": version},
            "/docs": docs_page(openapi, service.lang),
        }
        routes = [Route(path, _document(data)) for path, data in fixed.items()]
        routes += [
            Route("/metrics", self._metrics),
            Route("/route", self._answer(service.route), methods=["POST"]),
            Route("/next-question", self._answer(service.next_question), methods=["POST"]),
        ]
        self.paths = frozenset(route.path for route in routes)
        app = Starlette(
            routes=routes, exception_handlers={HTTPException: self._misdirected, Exception: self._broken}
        )
        app.router.redirect_slashes = False
        self.app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        begun = time.perf_counter()
        path = scope["path"] if scope["path"] in self.paths else "other"
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                html = any(
                    name == b"content-type" and value.startswith(b"text/html") for name, value in headers
                )
                message = {**message, "headers": headers + list(_PAGE_HEADERS if html else _HEADERS)}
            await send(message)

        self.under_way += 1
        self.metrics.under_way.set(self.under_way)
        try:
            await self._passed(scope, receive, answer)
        finally:
            self.under_way -= 1
            self.metrics.under_way.set(self.under_way)
            self.metrics.requests.labels(path, str(status)).inc()
            self.metrics.seconds.labels(path).observe(time.perf_counter() - begun)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Finding | None = None
        if not self._is_for_us(scope):
            refused = Finding(code="CEP813")
        elif _length(scope) > HEAD_BYTES:
            await self.unread(431)(scope, receive, send)
            return
        elif self.connections > CONNECTIONS or (
            self.under_way > AT_ONCE and scope["path"] not in ("/health", "/metrics")
        ):
            refused = Finding(code="CEP808")
        if refused is not None:
            await self._refused(refused)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:  # nobody is there to be answered
            return
        except Exception as error:  # noqa: BLE001  # answered by `_broken`: not the end of the other requests
            self._tell(bug_of(error))

    def _is_for_us(self, scope: Scope) -> bool:
        """Is the Host one of the names we answer to? `names` empty of all: whoever reaches us."""
        told = next((v for k, v in scope["headers"] if k == b"host"), b"")
        return self.names is None or not told or _name_of(told.decode("latin-1")) in self.names

    def _tell(self, fault: Finding) -> None:
        sys.stderr.write(finding_text(fault, self.service.lang) + "\n")

    def _refused(self, *findings: Finding, headers: Mapping[str, str] | None = None) -> Response:
        """An answer given before the request was read whole: what is left of it is not waited for."""
        refusal = Refusal(findings=findings, lang=self.service.lang)
        return _answer_of(refusal, {**(headers or {}), "connection": "close"})

    def unread(self, status: int) -> Response:
        """The answer to what is no request (400), or whose head is too long (431)."""
        refused = self._refused(Finding(code="CEP818", values={"limit": str(HEAD_BYTES)}))
        refused.status_code = status
        return refused

    async def _broken(self, _request: Request, error: Exception) -> Response:
        return self._refused(bug_of(error))

    async def _misdirected(self, _request: Request, fault: Exception) -> Response:
        """No such address, or not for this method."""
        assert isinstance(fault, HTTPException)
        headers = dict(fault.headers or {})
        if fault.status_code == 405:
            return self._refused(
                Finding(code="CEP811", values={"expected": headers.get("Allow", "")}), headers=headers
            )
        return self._refused(Finding(code="CEP810"))

    async def _metrics(self, _request: Request) -> Response:
        return Response(generate_latest(self.metrics.registry), media_type="text/plain; version=0.0.4")

    def _answer(self, work: Callable[[bytes], Reply | Refusal]) -> Endpoint:
        """An address that takes a request of ours and answers it in a thread of its own, so that the others are heard meanwhile."""

        def done(data: bytes) -> Response:
            found = work(data)
            if isinstance(found, Refusal) and found.findings[0].code == "CEP530":
                self._tell(found.findings[0])
            return _answer_of(found)

        async def endpoint(request: Request) -> Response:
            data = await _body(request)
            if isinstance(data, Finding):
                return self._refused(data)
            # once the body is read: an answer to a client that still sends may be lost with the connection
            told = request.headers.get("content-type", "")
            if told.partition(";")[0].strip().lower() != "application/json":
                return self._refused(Finding(code="CEP812"))
            loop = asyncio.get_running_loop()
            try:
                return await asyncio.wait_for(loop.run_in_executor(self.pool, done, data), WORK_SECONDS)
            except TimeoutError:
                return self._refused(Finding(code="CEP809", values={"seconds": str(WORK_SECONDS)}))

        return endpoint


async def _body(request: Request) -> bytes | Finding:
    """The body, at most as long and as slow as a request may be."""
    told = request.headers.get("content-length", "")
    too_long = Finding(code="CEP802", values={"limit": str(LONGEST)})
    if told.isdigit() and (len(told) > 9 or int(told) > LONGEST):
        return too_long
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                data += piece
                if len(data) > LONGEST:
                    return too_long
    except TimeoutError:
        return Finding(code="CEP809", values={"seconds": str(BODY_SECONDS)})
    return bytes(data)


def _answer_of(found: Reply | Refusal, headers: Mapping[str, str] | None = None) -> Response:
    status = 200
    if isinstance(found, Refusal):
        status = max(_STATUS.get(f.code, _UNREADABLE) for f in found.findings)
        if status == 503:
            headers = {**(headers or {}), "retry-after": "1"}
    text = json.dumps(found.data(), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(text, status, headers, "application/json")


def _document(data: Document) -> Endpoint:
    """An address that gives JSON, or a page when it is text."""
    page = isinstance(data, str)
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)

    async def endpoint(_request: Request) -> Response:
        return Response(text, media_type="text/html" if page else "application/json")

    return endpoint


def _length(scope: Scope) -> int:
    """The bytes of a head: h11 holds its limit only where a head comes in pieces."""
    return len(scope.get("raw_path") or b"") + sum(len(k) + len(v) for k, v in scope["headers"])


def _name_of(host: str) -> str:
    """`[::1]:80` -> `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def described(documents: Mapping[str, Document], version: str, law: Law, lang: str) -> Schema:
    """The OpenAPI of the service: its schemas are those of `cep-route schema`."""
    own = {path.rpartition("/")[2]: data for path, data in documents.items() if path.startswith("/schema/")}
    schemas: dict[str, Schema] = {}
    for name, data in own.items():
        assert isinstance(data, dict)
        schemas[name] = {key: value for key, value in data.items() if key != "$schema"}
    schemas["interview"] = request_schema(law, lang, InterviewBody, "interview")
    schemas["next_question"] = schema_of(NextQuestionData, {})
    for name in ("route", "calendar", "next_question"):  # with the caller's own mark, as it is given back
        schemas[name] = {**schemas[name], "properties": {**_properties(schemas[name]), "id": _MARK}}
    schemas["territory"] = {"type": "object", "description": "See /schema/territory."}
    schemas["rules"] = {"type": "object", "description": "See /schema/rules."}
    paths: Schema = {
        "/route": _post("Where one person should go", "request", "route", "calendar"),
        "/next-question": _post("What to ask next, if anything", "interview", "next_question"),
        "/territories": _get("The territories there are", {"type": "array", "items": {"type": "object"}}),
        "/health": _get("Is it there?", {"type": "object"}),
        "/metrics": _get("Counts and durations, for Prometheus", {"type": "string"}, "text/plain"),
        "/docs": _get("This description, as a page", {"type": "string"}, "text/html"),
    }
    if "/" in documents:
        paths["/"] = _get("The questions and their answers, as a page", {"type": "string"}, "text/html")
    paths |= {f"/schema/{name}": _get(f"JSON Schema: {name}", {"type": "object"}) for name in own}
    return {
        "openapi": "3.1.0",
        "info": {"title": "cep-route", "version": version},
        "paths": paths,
        "components": {"schemas": {**schemas}},
    }


_MARK: Schema = {"type": ["string", "integer"]}


def _post(summary: str, takes: str, *gives: str) -> Schema:
    answer: Schema = {"anyOf": [_ref(name) for name in gives]} if len(gives) > 1 else _ref(*gives)
    body: Schema = {"required": True, "content": {"application/json": {"schema": _ref(takes)}}}
    statuses = {*_STATUS.values(), _UNREADABLE, 431} - {404, 405}
    responses: Schema = {"200": _given(answer), **_refusals(statuses)}
    return {"post": {"summary": summary, "requestBody": body, "responses": responses}}


def _get(summary: str, answer: Schema, kind: str = "application/json") -> Schema:
    responses: Schema = {"200": _given(answer, kind), **_refusals({400, 408, 421, 431, 500, 503})}
    return {"get": {"summary": summary, "responses": responses}}


def _refusals(statuses: Iterable[int]) -> Schema:
    return {str(s): _given(_ref("refusal"), said="findings") for s in sorted(statuses)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _given(answer: Schema, kind: str = "application/json", said: str = "the answer") -> Schema:
    return {"description": said, "content": {kind: {"schema": answer}}}


def _properties(schema: Schema) -> Schema:
    found = schema["properties"]
    assert isinstance(found, dict)
    return found


# -- listening ----------------------------------------------------------------------------------------------------------------


class _Impatient(H11Protocol):
    """A connection that is closed when the head of a request does not come in time: uvicorn waits for it for ever. What is no
    request is refused like any other, by a finding.
    """

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._count()
        self._due = self.loop.call_later(HEAD_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._relax()
        elif self._due is None:  # the beginning of a head, on a connection that was kept
            self._due = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own words, in English and plain text
        door = self.config.app
        assert isinstance(door, Door)
        fault = sys.exc_info()[1]  # uvicorn says it from where it caught h11's own
        long = isinstance(fault, h11.RemoteProtocolError) and fault.error_status_hint == 431
        refused = door.unread(431 if long else 400)
        refused.raw_headers += _HEADERS
        door.metrics.requests.labels("other", str(refused.status_code)).inc()
        reason = HTTPStatus(refused.status_code).phrase.encode()
        for event in (
            h11.Response(status_code=refused.status_code, headers=refused.raw_headers, reason=reason),
            h11.Data(data=bytes(refused.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)
        self._count()

    def _count(self) -> None:
        """More than there may be are answered, by a 503, and closed: uvicorn's own limit answers in its own words."""
        if isinstance(self.config.app, Door):
            self.config.app.connections = len(self.connections)

    def _relax(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def listen(host: str, port: int) -> socket.socket | OSError:
    """A socket that listens, or why not."""
    if not 0 <= port <= 65535:  # the system would take the rest of a division
        return OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        opened = socket.create_server(address[:2], family=family, backlog=CONNECTIONS)
        # Head and body go out apart: without this the second waits 40 ms for the client to acknowledge the first. Connections have
        # it from this socket; asyncio sets it only where a socket names its protocol.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except UnicodeError:  # a name that could be no host's
        return OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    except OSError as error:
        return error
    return opened


class _Announced(uvicorn.Server):
    """A server that says when it is ready: from then on a signal ends it the gentle way."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(
    service: Service,
    opened: socket.socket,
    documents: Mapping[str, Document],
    *,
    version: str,
    ready: Callable[[], None],
) -> None:
    """Reply until a signal asks for the end; what is under way is answered first, then the signal is raised anew."""
    host = opened.getsockname()[0]
    is_near = host.startswith("127.") or host == "::1"
    names = frozenset((host, "localhost", "127.0.0.1", "::1")) if is_near else None
    door = Door(service, documents, version=version, names=names)
    config = uvicorn.Config(
        door,
        http=_Impatient,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    loud = logging.getLogger("uvicorn")
    loud.addHandler(logging.NullHandler())
    loud.propagate = False
    sys.setswitchinterval(TURN_SECONDS)
    # The law and what it needs stay as long as the service: a collection that walks them makes every request of that moment wait 200 ms.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    try:
        _Announced(config, ready).run(sockets=[opened])
    finally:
        door.pool.shutdown(wait=False, cancel_futures=True)
