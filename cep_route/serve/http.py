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
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import h11
import uvicorn
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cep_route.model.answer import Finding
from cep_route.render.data import Json
from cep_route.render.screen import bug_of, finding_text
from cep_route.serve.docs import docs_page, openapi
from cep_route.serve.request import LONGEST, Reply, Service

AT_ONCE = 64  # requests under way; the next one is told to come back
CONNECTIONS = 512  # open at once, idle ones included
THREADS = 2  # that answer: Python takes turns, so more would only make each wait longer
HEAD_SECONDS = BODY_SECONDS = 5  # for the head, then for the body of a request to come
TURN_SECONDS = 0.001  # after which a thread that answers lets the others in: the default lets each request wait five times as long
# new objects before a collection: small and often, where the command line takes one large step
GC_THRESHOLD = (2_000, 10, 10)
WORK_SECONDS = 10  # for its turn and its answer
IDLE_SECONDS = 30  # a connection kept for the next request
STOP_SECONDS = 15  # for what is under way once told to stop
HEAD_BYTES = 16 * 1024

_CAREFUL = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_HIDDEN = "frame-ancestors 'none'"  # a page says the rest itself
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Door:
    """The application: what every request meets before and after its own address.

    `names`: the hosts we answer to, None: whoever reaches us. `connections`: those that are open. Metrics are counts and durations by
    address and status, nothing that a request says.
    """

    def __init__(
        self, service: Service, documents: Mapping[str, Json], *, version: str, names: frozenset[str] | None
    ) -> None:
        self.service, self.names = service, names
        self.connections: Collection[object] = ()
        self.under_way = 0
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
        described = openapi(documents, version, service.router.law, service.lang)
        fixed: dict[str, Json] = {
            **documents,
            "/openapi.json": described,
            "/health": {"status": "ok", "version": version},
            "/docs": docs_page(described, service.lang),
        }
        self.documents = {path: _document(data) for path, data in fixed.items()}
        self.posts = {"/route": service.route, "/next-question": service.next_question}
        self.paths = frozenset((*self.documents, *self.posts, "/metrics"))
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "cep_route_requests", "Requests answered.", ("path", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "cep_route_request_seconds", "Time from head to answer.", ("path",), buckets=_BUCKETS, registry=self.registry
        )  # fmt: skip
        under_way = Gauge("cep_route_requests_under_way", "Requests being answered.", registry=self.registry)
        under_way.set_function(lambda: self.under_way)
        build = Info("cep_route_build", "The version that answers.", registry=self.registry)
        build.info({"version": version})
        ProcessCollector(registry=self.registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        begun = time.perf_counter()
        path = scope["path"] if scope["path"] in self.paths else "other"
        status = 500
        self.under_way += 1
        try:
            response = await self._response(Request(scope, receive))
            status = response.status_code
            await response(scope, receive, send)
        except ClientDisconnect:  # nobody is there to be answered
            return
        finally:
            self.under_way -= 1
            self.requests.labels(path, str(status)).inc()
            self.seconds.labels(path).observe(time.perf_counter() - begun)

    async def _response(self, request: Request) -> Response:
        path = request.scope["path"]
        if not self._is_for_us(request):
            return self.refused(Finding(code="CEP813"))
        if _length(request.scope) > HEAD_BYTES:
            return self.unread(431)
        busy = self.under_way > AT_ONCE and path not in ("/health", "/metrics")
        if busy or len(self.connections) > CONNECTIONS:
            return self.refused(Finding(code="CEP808"), {"retry-after": "1"})
        allowed = ("POST",) if path in self.posts else ("GET", "HEAD")
        if path not in self.paths:
            return self.refused(Finding(code="CEP810"))
        if request.method not in allowed:
            told = ", ".join(allowed)
            return self.refused(Finding(code="CEP811", values={"expected": told}), {"allow": told})
        if path == "/metrics":
            return _given(generate_latest(self.registry), "text/plain; version=0.0.4")
        if path in self.documents:
            return self.documents[path]
        try:
            return await self._posted(request, self.posts[path])
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  # not the end of the other requests
            fault = bug_of(error)
            self._tell(fault)
            return self.refused(fault)

    async def _posted(self, request: Request, work: Callable[[bytes], Reply]) -> Response:
        """A request of ours, answered in a thread of its own so that the others are heard meanwhile."""
        data = await _body(request)
        if isinstance(data, Finding):
            return self.refused(data)
        # once the body is read: an answer to a client that still sends may be lost with the connection
        told = request.headers.get("content-type", "")
        if told.partition(";")[0].strip().lower() != "application/json":
            return self.refused(Finding(code="CEP812"))

        def done() -> Response:
            reply = work(data)
            for finding in reply.findings:
                if finding.code == "CEP530":
                    self._tell(finding)
            return _given(reply.encoded(), "application/json", reply.status)

        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(loop.run_in_executor(self.pool, done), WORK_SECONDS)
        except TimeoutError:
            return self.refused(Finding(code="CEP809", values={"seconds": str(WORK_SECONDS)}))

    def _is_for_us(self, request: Request) -> bool:
        """Is the Host one of our names, under any port? `[::1]:80` is `::1`."""
        told = request.headers.get("host", "")
        bare = told[1:].partition("]")[0] if told.startswith("[") else told.partition(":")[0].lower()
        return self.names is None or not told or bare in self.names

    def _tell(self, fault: Finding) -> None:
        sys.stderr.write(finding_text(fault, self.service.lang) + "\n")

    def refused(
        self, finding: Finding, headers: Mapping[str, str] | None = None, status: int = 0
    ) -> Response:
        """An answer given before the request was read whole: what is left of it is not waited for."""
        reply = Reply(findings=(finding,), lang=self.service.lang)
        given = _given(reply.encoded(), "application/json", status or reply.status)
        given.headers.update({**(headers or {}), "connection": "close"})
        return given

    def unread(self, status: int) -> Response:
        """The answer to what is no request (400), or whose head is too long (431)."""
        return self.refused(Finding(code="CEP818", values={"limit": str(HEAD_BYTES)}), status=status)


def _given(content: str | bytes, kind: str, status: int = 200) -> Response:
    policy = _HIDDEN if kind == "text/html" else f"default-src 'none'; {_HIDDEN}"
    return Response(content, status, {**_CAREFUL, "content-security-policy": policy}, kind)


def _document(data: Json) -> Response:
    """JSON, or a page when it is text."""
    if isinstance(data, str):
        return _given(data, "text/html")
    return _given(json.dumps(data, ensure_ascii=False), "application/json")


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


def _length(scope: Scope) -> int:
    """The bytes of a head: h11 holds its limit only where a head comes in pieces."""
    return len(scope.get("raw_path") or b"") + sum(len(k) + len(v) for k, v in scope["headers"])


# -- listening ----------------------------------------------------------------------------------------------------------------


class _Impatient(H11Protocol):
    """A connection that is closed when the head of a request does not come in time: uvicorn waits for it for ever. What is no
    request is refused like any other, by a finding.
    """

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
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
        door.requests.labels("other", str(refused.status_code)).inc()
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
    documents: Mapping[str, Json],
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
        server = _Announced(config, ready)
        door.connections = server.server_state.connections
        server.run(sockets=[opened])
    finally:
        door.pool.shutdown(wait=False, cancel_futures=True)
