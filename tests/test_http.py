"""The service over HTTP: the same answers, every error a finding with its status, bounds on size, time and number, nothing logged."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cep_route import Profile, load, route_json
from cep_route.__main__ import run
from cep_route.serve import http as serving
from cep_route.serve.request import LONGEST

ROOT = Path(__file__).parents[1]
DAY = "2026-11-22"
JSON = {"Content-Type": "application/json"}
CANARY = "Zorglub"
pytestmark = pytest.mark.usefixtures("plain_world")


class Server:
    """The command on a free port of this machine."""

    def __init__(self, cache, *words, **more):
        env = {**os.environ, "CEP_ROUTE_CACHE": os.fspath(cache), "CEP_ROUTE_TODAY": DAY, **more}
        env.pop("CEP_ROUTE_DEBUG", None)
        command = [
            sys.executable,
            "-m",
            "cep_route",
            "serve",
            "--http",
            "--port",
            "0",
            "--lang",
            "en",
            *words,
        ]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.told = self.process.stderr.readline().decode()
        found = re.search(r"listening on http://([0-9.]+):(\d+)", self.told)
        assert found, self.told + self.process.stderr.read().decode()
        self.port = int(found[2])

    def ask(self, method, path, body=None, headers=JSON):
        """(status, headers, body) on a connection of its own."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            data = json.dumps(body).encode() if body is not None and not isinstance(body, bytes) else body
            line.request(method, path, data, headers)
            said = line.getresponse()
            return said.status, dict(said.getheaders()), said.read()

    def post(self, path, body, headers=JSON):
        status, _, data = self.ask("POST", path, body, headers)
        return status, json.loads(data)

    def raw(self, data, wait=10.0):
        """What comes back on a bare connection, until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            line.sendall(data)
            said = b""
            with contextlib.suppress(ConnectionResetError):  # closed on what was still being sent
                while piece := line.recv(65536):
                    said += piece
            return said

    def stop(self, how=signal.SIGTERM):
        """(exit code, everything it ever wrote but the line that says where)."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            out, err = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, out + err


@pytest.fixture(scope="module")
def server(cache):
    opened = Server(cache)
    yield opened
    code, written = opened.stop()
    assert (code, written) == (143, b""), "nothing is logged, whatever came in"


def codes(answer):
    return [finding["code"] for finding in answer["findings"]]


# -- answers ----------------------------------------------------------------------------------------------------------------------


def test_a_post_gets_the_json_of_route(server):
    facts = {"status": "jobseeker", "age": 24, "employed": "no", "in_school": "no"}
    status, answer = server.post(
        "/route", {"facts": facts, "commune": "99301", "needs": ["mobilite"], "lang": "en"}
    )
    person = Profile(facts=facts, commune="99301", needs=("mobilite",))
    assert (status, answer) == (200, route_json(load(), person, DAY, lang="en"))


def test_the_questions_are_those_of_ask(server):
    """Answered from a person's facts one by one, they end on the answer of the whole person."""
    from cep_route.engine.interview import Interview, Questions

    router = load()
    person = {"status": "jobseeker", "age": 24, "disability": "none", "degree": "none"}
    talk, facts = Interview(Questions(router.law, DAY), {}), {}
    while True:
        status, said = server.post("/next-question", {"facts": facts, "lang": "fr"})
        assert status == 200
        if said["question"] is None:
            break
        asked = said["question"]
        assert asked["fact"] == talk.question.fact
        assert asked["question"] == router.law.facts[asked["fact"]].question["fr"]
        assert [tuple(c) for c in asked["classes"]] == list(talk.question.classes)
        facts[asked["fact"]] = person.get(asked["fact"], "no")
        talk = talk.tell(facts[asked["fact"]])
    assert said == {"schema": 1, "decided": True, "question": None}
    assert talk.decided
    status, said = server.post("/next-question", {"declined": ["status"]})
    assert said["question"]["fact"] != "status"
    assert server.post("/next-question", {"declined": [CANARY]})[0] == 422


def test_the_documents_are_those_of_the_commands(server, capsys):
    for what in ("profile", "territory", "rules", "route", "calendar", "request", "refusal"):
        assert run(["schema", what, "--lang", "en"]) == 0
        status, headers, data = server.ask("GET", f"/schema/{what}")
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(data) == json.loads(capsys.readouterr().out)
    assert run(["territory", "list", "--format", "json"]) == 0
    assert json.loads(server.ask("GET", "/territories")[2]) == json.loads(capsys.readouterr().out)
    assert json.loads(server.ask("GET", "/health")[2])["status"] == "ok"


def test_the_openapi_holds_the_schemas_and_names_every_address(server):
    described = json.loads(server.ask("GET", "/openapi.json")[2])
    for name, found in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(found)
        assert found, name
    for name in ("request", "route", "calendar", "refusal"):
        own = json.loads(server.ask("GET", f"/schema/{name}")[2])
        assert own["properties"].items() <= described["components"]["schemas"][name]["properties"].items()
    for path, methods in described["paths"].items():
        for method in methods:
            assert server.ask(method.upper(), path, {} if method == "post" else None)[0] == 200


# -- errors -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("POST", "/route", b"{", JSON, 400, "CEP800"),
        ("POST", "/route", b"[]", JSON, 400, "CEP801"),
        ("POST", "/route", b"", JSON, 400, "CEP800"),
        ("POST", "/route", b"[" * 20_000, JSON, 400, "CEP803"),
        ("POST", "/route", b'{"commune": "\xff"}', JSON, 400, "CEP807"),
        ("POST", "/route", b"x" * (LONGEST + 1), JSON, 413, "CEP802"),
        ("POST", "/route", b"{}", {}, 415, "CEP812"),
        ("POST", "/route", b"{}", {"Content-Type": "text/plain"}, 415, "CEP812"),
        ("POST", "/route", b"facts=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "CEP812"),
        ("POST", "/route", {"facts": {"status": CANARY}}, JSON, 422, "CEP501"),
        ("POST", "/route", {"facts": {"status": "employee", "employed": "no"}}, JSON, 422, "CEP506"),
        ("POST", "/route", {CANARY: 1}, JSON, 422, "CEP804"),
        ("POST", "/next-question", {"facts": {"age": -1}}, JSON, 422, "CEP503"),
        ("GET", "/route", None, {}, 405, "CEP811"),
        ("OPTIONS", "/route", None, {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}, 405, "CEP811"),
        ("DELETE", "/health", None, {}, 405, "CEP811"),
        ("GET", f"/{CANARY}", None, {}, 404, "CEP810"),
        ("GET", "/route/", None, {}, 404, "CEP810"),
        ("GET", "/schema/../health", None, {}, 404, "CEP810"),
        ("GET", "/health", None, {"Host": "evil.example"}, 421, "CEP813"),
        ("GET", "/health", None, {"Host": "127.0.0.1.evil.example:80"}, 421, "CEP813"),
    ],
)  # fmt: skip
def test_an_error_is_a_finding_with_its_status(server, method, path, body, headers, status, code):
    got, said_headers, data = server.ask(method, path, body, headers)
    assert (got, codes(json.loads(data))) == (status, [code])
    assert CANARY not in data.decode()
    assert "—" not in json.loads(data)["findings"][0]["message"]
    if status == 405:
        assert "POST" in said_headers["allow"] or "GET" in said_headers["allow"]


def test_every_answer_has_the_headers_of_a_careful_service(server):
    for ask in (("GET", "/health"), ("POST", "/route", {}), ("GET", "/nowhere"), ("GET", "/metrics")):
        _, headers, _ = server.ask(*ask, headers={**JSON, "Origin": "https://example.org"})
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert "server" not in headers


def test_a_host_of_this_machine_is_ours_under_any_port(server):
    for host in ("localhost", "localhost:80", "127.0.0.1:9", "[::1]:80", "LOCALHOST"):
        assert server.ask("GET", "/health", headers={"Host": host})[0] == 200


def test_the_page_and_the_documentation_ask_nothing_of_anyone(server):
    for path, words in (("/", "Content-Security-Policy"), ("/docs", "POST /route")):
        status, headers, data = server.ask("GET", path)
        text = data.decode()
        assert status == 200
        assert headers["content-type"].startswith("text/html")
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        assert words in text
        assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=.https?:", text)
        assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text


def test_a_client_that_leaves_is_nobodys_fault(cache):
    own = Server(cache)
    try:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", own.port)) as left:
                left.sendall(
                    b"POST /route HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{}"
                )
        assert own.ask("GET", "/health")[0] == 200
    finally:
        own.process.terminate()
        assert own.process.communicate(timeout=20)[1] == b""


# -- bounds -----------------------------------------------------------------------------------------------------------------------


def test_a_body_that_never_ends_is_cut(server):
    """Sent in pieces, without a length: no more than the limit is ever kept."""
    head = b"POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    said = server.raw(head + piece * 4 + b"1\r\nx\r\n")
    assert said.startswith(b"HTTP/1.1 413")
    assert b"CEP802" in said


def test_a_length_that_lies_is_refused_before_a_byte_is_read(server):
    head = "POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    for length in (LONGEST + 1, 10**12):
        assert b"413" in server.raw(head.format(length).encode()).split(b"\r\n")[0]
    assert server.raw(head.format(10**30).encode()).startswith(b"HTTP/1.1 400")
    assert server.raw(head.format(-1).encode()).startswith(b"HTTP/1.1 400")


def test_a_head_without_end_is_refused(server):
    """By a finding, as everything that is refused: the head too long, another protocol, a length that is none."""
    refused = (
        (
            "431 Request Header Fields Too Large",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (4 * serving.HEAD_BYTES),
        ),
        (
            "431 Request Header Fields Too Large",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (4 * serving.HEAD_BYTES) + b"\r\n\r\n",
        ),
        ("400 Bad Request", b"\x16\x03\x01 not HTTP at all\r\n\r\n"),
        ("400 Bad Request", b"POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"),
    )

    def counted():
        found = re.search(
            rb'requests_total\{path="other",status="400"\} (\d+)', server.ask("GET", "/metrics")[2]
        )
        return int(found[1]) if found else 0

    before = counted()
    for status, data in refused:
        head, _, body = server.raw(data).partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status}\r\n".encode())
        assert b"content-type: application/json" in head.lower()
        assert b"connection: close" in head.lower()
        assert b"nosniff" in head
        assert codes(json.loads(body)) == ["CEP818"]
        assert b"not HTTP at all" not in body
    assert counted() == before + 2  # those of 400


def test_whoever_is_too_slow_is_shown_out(server):
    """A head that does not come, the rest of a head, that of a next request, a body that does not come: all at once."""
    post = b"POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"

    def next_request(_):
        with socket.create_connection(("127.0.0.1", server.port), timeout=25) as line:
            line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            said = b""
            while not said.endswith(b"}"):
                said += line.recv(65536)
            assert said.startswith(b"HTTP/1.1 200")
            line.sendall(b"GET /hea")
            return line.recv(65536)

    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        late = pool.submit(next_request, None)
        empty, half, body = pool.map(lambda d: server.raw(d, 25), (b"", b"GET /health HT", post))
    assert serving.HEAD_SECONDS - 1 < time.monotonic() - begun < serving.HEAD_SECONDS + 10
    assert (empty, half, late.result()) == (b"", b"", b"")
    assert body.startswith(b"HTTP/1.1 408")
    assert b"CEP809" in body


def test_more_at_once_than_it_takes_are_told_to_come_back(server):
    """Requests whose body does not come hold their places; the next one hears 503, the health is still told, and all is well after."""
    head = b"POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    with contextlib.ExitStack() as opened:
        lines = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            for _ in range(serving.AT_ONCE)
        ]
        for line in lines:
            line.sendall(head)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            under_way = re.search(rb"under_way (\d+)", server.ask("GET", "/metrics")[2])
            if int(under_way[1]) > serving.AT_ONCE:
                break
        status, headers, data = server.ask("POST", "/route", {})
        assert (status, codes(json.loads(data))) == (503, ["CEP808"])
        assert headers["retry-after"] == "1"
        assert server.ask("GET", "/health")[0] == 200
        for line in lines:
            line.sendall(b"{}")
        assert all(line.recv(12) == b"HTTP/1.1 200" for line in lines)
    assert server.post("/route", {})[0] == 200


def answered(monkeypatch, work, body):
    """(status, answer) of a request to the application itself, `work` standing for what answers."""
    import asyncio

    from cep_route.serve.request import Service

    monkeypatch.setattr(Service, "route", lambda _, data: work(data))
    schemas = {
        f"/schema/{n}": {"properties": {"facts": {"properties": {}}}}
        for n in ("route", "calendar", "request")
    }
    door = serving.Door(Service(load(), (), lambda: DAY, "en"), schemas, version="0", names=None)
    sent = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/route",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive():
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(door(scope, receive, send))
    door.pool.shutdown()
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(serving, "WORK_SECONDS", 0.1)
    status, said = answered(monkeypatch, lambda _: time.sleep(0.5), {})
    assert (status, codes(said)) == (408, ["CEP809"])


def test_a_bug_of_ours_is_500_and_one_line_without_a_value(monkeypatch, capsys):
    def broken(data):
        raise KeyError(data)

    status, said = answered(monkeypatch, broken, {"commune": CANARY})
    assert (status, codes(said)) == (500, ["CEP530"])
    told = capsys.readouterr().err
    assert "CEP530" in told
    assert "test_http.py" in told
    assert CANARY not in told + json.dumps(said)
    assert told.count("\n") <= 2


# -- privacy ----------------------------------------------------------------------------------------------------------------------


def test_nothing_of_a_request_is_ever_written(cache, tmp_path):
    """A canary in every place of good and bad requests: not on the streams, not in the metrics, not in a file."""
    server = Server(cache, TMPDIR=os.fspath(tmp_path))
    person = {"facts": {"status": "jobseeker", "age": 37}, "commune": "05061", "id": CANARY}
    bad = [
        {"facts": {"status": CANARY}}, {CANARY: 1}, {"commune": CANARY}, {"needs": [CANARY]}, {"on": CANARY}, {"territory": CANARY},
        {"id": [CANARY]},
    ]  # fmt: skip
    assert server.post("/route", person)[0] == 200
    for request in bad:
        assert server.post("/route", request)[0] == 422
    assert server.ask("POST", f"/route?name={CANARY}", person)[0] == 200
    assert server.ask("GET", f"/{CANARY}", headers={"X-Name": CANARY, "Cookie": CANARY})[0] == 404
    assert server.raw(b"GET /" + CANARY.encode() + b" \xff\r\n\r\n").startswith(b"HTTP/1.1 400")
    server.raw(b"POST /route HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + CANARY.encode())
    metrics = server.ask("GET", "/metrics")[2].decode()
    assert CANARY not in metrics
    assert 'cep_route_requests_total{path="other",status="404"} 1.0' in metrics
    code, written = server.stop()
    assert (code, written) == (143, b"")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_metrics_are_counts_by_address_and_status(server):
    before = server.ask("GET", "/metrics")[2].decode()
    server.post("/route", {})
    after = server.ask("GET", "/metrics")[2].decode()

    def count(text):
        return float(re.search(r'requests_total{path="/route",status="200"} (\S+)', text)[1])

    assert count(after) == count(before) + 1
    assert "process_resident_memory_bytes" in after
    labels = {name for found in re.findall(r"{(.*?)}", after) for name in re.findall(r"(\w+)=", found)}
    assert labels <= {"path", "status", "le", "version"}


# -- begin and end ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_told_to_stop_it_answers_what_is_under_way_first(cache, how, code):
    server = Server(cache)
    body = b'{"facts": {"age": 24}, "commune": "05061"}'
    head = f"POST /route HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(head.encode() + body[:10])
        time.sleep(0.3)  # the request is heard
        server.process.send_signal(how)
        time.sleep(0.3)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)
        line.sendall(body[10:])
        assert line.recv(12) == b"HTTP/1.1 200"
    assert server.stop(how)[0] == code


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "taken"),
        ("--host", "no.such.host.invalid"),
        ("--host", "203.0.113.7"),
        ("--port", "99999"),
        ("--host", "é" * 70),
    ],
)
def test_an_address_that_is_taken_or_is_none_is_told(server, words):
    words = [str(server.port) if word == "taken" else word for word in words]
    command = [sys.executable, "-m", "cep_route", "serve", "--http", "--lang", "en", "--port", "0", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CEP814" in done.stderr
    assert "cannot be listened on" in done.stderr


def test_it_listens_to_this_machine_alone_unless_told_and_warns_when_told(server, cache):
    assert "127.0.0.1" in server.told
    wide = Server(cache, "--host", "0.0.0.0")
    try:
        assert "CEP815" in wide.process.stderr.readline().decode()
        assert wide.ask("GET", "/health", headers={"Host": "service.example"})[0] == 200
    finally:
        wide.stop()


def test_without_the_extra_the_way_to_get_it_is_told(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cep_route.serve.http", None)
    monkeypatch.delattr("cep_route.serve.http")  # a module that was loaded is an attribute of its package
    assert run(["serve", "--http", "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert "CEP817" in told
    assert "cep-route[http]" in told


# -- as described, and under load ---------------------------------------------------------------------------------------------------


def test_it_is_as_its_openapi_says_whatever_is_sent(server):
    """Schemathesis: requests made from the schemas and against them; statuses, content types, bodies and headers as described.

    With `CEP_ROUTE_FULL` set, also the two thousand requests of its coverage phase, and ten times the examples.
    """
    whole = bool(os.environ.get("CEP_ROUTE_FULL"))
    words = [
        sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.port}/openapi.json",
        "--phases", "examples,coverage,fuzzing,stateful" if whole else "fuzzing,stateful", "--max-examples", "100" if whole else "10",
        "--seed", "1", "--generation-database", "none", "--no-color", "--workers", "1", "--request-timeout", "20",
        # JSON of the right shape may describe nobody (unknown words, facts that contradict each other): 422, as described
        "--exclude-checks", "positive_data_acceptance",
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout


def test_the_parts_of_an_answer_do_not_wait_for_each_other():
    """Without TCP_NODELAY on the connection, what follows the head waits 40 ms for the client to acknowledge it."""
    opened = serving.listen("127.0.0.1", 0)
    with opened, socket.create_connection(opened.getsockname()):
        line, _ = opened.accept()
        with line:
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_under_a_steady_load_every_request_is_answered(server):
    spec = importlib.util.spec_from_file_location("steady", ROOT / "benchmarks" / "http.py")
    steady = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(steady)
    import asyncio

    sent = steady.bodies(
        0.2
    )  # how long each waited is measured by the benchmark, on a machine that does nothing else
    _, statuses = asyncio.run(steady.load(server.port, sent, rate=100, seconds=3, connections=16))
    assert statuses == {200: 300}


def test_threads_of_clients_get_each_their_own_answer(server):
    router = load()
    people = [
        {"facts": {"age": 16 + n, "status": ("jobseeker", "employee", "student")[n % 3]}, "commune": ("05061", "99301", "75056")[n % 3]}
        for n in range(24)
    ]  # fmt: skip
    found, lock = {}, threading.Lock()

    def client(number):
        answer = server.post("/route", {**people[number], "id": number})
        with lock:
            found[number] = answer

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(client, range(len(people))))
    for number, person in enumerate(people):
        status, answer = found[number]
        assert status == 200
        assert answer.pop("id") == number
        assert answer == route_json(router, Profile(**person), DAY, lang="en")
