"""The service over HTTP under a steady load: an open loop, a request due every 1/RATE seconds whether the last ones are answered or not.

    python benchmarks/http.py [--rate 200] [--seconds 30] [--connections 32] [--unknown 0.2]

Starts the service on a free port of this machine, warms it for a second, then sends. A delay is counted from the moment the request was
due, so that waiting in our own queue counts too. Persons are every kind of person of the rules, in an order drawn from a fixed seed; a
share (`--unknown`) leaves one to three facts out. Prints quantiles, what was not answered 200, and the memory of the service through the
run. Wanted: p99 under 20 ms at 200 requests/s on two cores, memory level over ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from cep_route import files
from cep_route.engine.decide import Table

DAY = "2026-11-22"
HOMES = ("05061", "99301", "99503", "75056", "97411", "59350", "73065", "Gap", "69001", "33063")
NEEDS = ((), (), ("mobilite",), ("logement-hebergement", "numerique"), ("x-cep--bilan-de-competences",))


def bodies(unknown: float, seed: int = 1) -> list[bytes]:
    """One request for each kind of person, some facts of some of them left out."""
    law, _ = files.load_law()
    assert law is not None
    table = Table(law.segment(DAY), law.rules)
    chance = random.Random(seed)
    made = []
    for known, _ in table.kinds():
        facts = {n: chance.choice(table.members[n][i]) for n, i in known.items()}
        if chance.random() < unknown:
            for name in chance.sample(sorted(facts), min(len(facts) - 1, chance.randint(1, 3))):
                del facts[name]
        made.append(
            json.dumps(
                {"facts": facts, "commune": chance.choice(HOMES), "needs": chance.choice(NEEDS), "on": DAY}
            )
        )
    chance.shuffle(made)
    return [body.encode() for body in made]


class Service:
    """The service in a process of its own; stopped by SIGTERM at the end."""

    def __init__(self, lang: str = "en") -> None:
        words = [sys.executable, "-m", "cep_route", "serve", "--http", "--port", "0", "--lang", lang]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE)
        assert self.process.stderr is not None
        told = self.process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", told)
        assert found, told
        self.port = int(found[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stderr.close()

    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def ask(reader, writer, body: bytes) -> tuple[int, bytes]:
    """One request on a connection that is kept."""
    head = f"POST /route HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    said = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", said)[1])
    return int(said[9:12]), await reader.readexactly(length)


async def load(port: int, sent: list[bytes], rate: float, seconds: float, connections: int, each=None):
    """(delays in seconds from the due time, answers by status) of an open loop; bounded by the number of requests it makes."""
    due: asyncio.Queue = asyncio.Queue()
    delays: list[float] = []
    statuses: dict[int, int] = {}

    async def work():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (item := await due.get()) is not None:
                at, body = item
                status, _ = await asyncio.wait_for(ask(reader, writer, body), 30)
                delays.append(time.perf_counter() - at)
                statuses[status] = statuses.get(status, 0) + 1
        finally:
            writer.close()

    workers = [asyncio.create_task(work()) for _ in range(connections)]
    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        at = begun + number / rate
        wait = at - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        due.put_nowait((at, sent[number % len(sent)]))
        if each is not None and number % int(rate * 10) == 0:
            each()
    for _ in workers:
        due.put_nowait(None)
    await asyncio.wait_for(asyncio.gather(*workers), 60)
    return delays, statuses


def quantile(delays: list[float], q: float) -> float:
    return sorted(delays)[min(int(len(delays) * q), len(delays) - 1)]


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--rate", type=float, default=200)
    told.add_argument("--seconds", type=float, default=30)
    told.add_argument("--connections", type=int, default=32)
    told.add_argument("--unknown", type=float, default=0.2)
    words = told.parse_args()
    if not (0 < words.rate <= 2000 and 0 < words.seconds <= 900 and 0 < words.connections <= 256):
        told.error("at most 2000 requests/s, 900 s, 256 connections")
    sent = bodies(words.unknown)
    with Service() as service:
        asyncio.run(load(service.port, sent, min(words.rate, 100), 2, words.connections))
        memory: list[float] = []
        asked = load(
            service.port,
            sent,
            words.rate,
            words.seconds,
            words.connections,
            lambda: memory.append(service.memory()),
        )
        delays, statuses = asyncio.run(asked)
        memory.append(service.memory())
    shown = " ".join(f"p{q * 100:g} {quantile(delays, q) * 1e3:.1f}" for q in (0.5, 0.9, 0.99, 0.999, 1))
    print(
        f"{words.rate:g} requests/s for {words.seconds:g} s, {words.connections} connections, load {os.getloadavg()[0]:.1f}"
    )
    print(f"ms from the due time: {shown}; statuses {statuses}")
    print(
        f"memory MB: first {memory[0]:.1f}, middle {memory[len(memory) // 2]:.1f}, last {memory[-1]:.1f}, most {max(memory):.1f}"
    )


if __name__ == "__main__":
    main()
