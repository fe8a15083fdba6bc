"""The orienteur page beside the engine, over every conversation there is: each question, « ? » included, in a real browser.

    python benchmarks/orienteur.py [--on 2026-11-22] [--sample 5000]

Walks the whole tree of questions in the browser (about a minute), says how long a question takes there, then asks the engine for the
same states (some tens of minutes for all of them; `--sample` takes as many, by a fixed seed). Exit 1 when one differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from selenium import webdriver

from cep_route import files
from cep_route.cli.page import orienteur
from cep_route.engine.interview import Crowd, Interview
from cep_route.render.orienteur import page

WALK = """
const day = arguments[0];
const table = orienteur.tableOn(day);
const seen = new Map();
const times = [];
const stack = [[{}, []]];
while (stack.length) {
  const [facts, declined] = stack.pop();
  const key = JSON.stringify([Object.entries(facts).sort(), declined.slice().sort()]);
  if (seen.has(key)) continue;
  const start = performance.now();
  const question = orienteur.ask(facts, declined, day);
  times.push(performance.now() - start);
  seen.set(key, question && question.fact);
  if (!question) continue;
  for (const values of table.members[table.place.get(question.fact)]) {
    const more = { ...facts, [question.fact]: values[0] };
    if (orienteur.isPossible(more, day)) stack.push([more, declined]);
  }
  stack.push([facts, [...declined, question.fact]]);
}
times.sort((a, b) => a - b);
return JSON.stringify({ states: [...seen.entries()], times });
"""


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--on", default="2026-11-22")
    words.add_argument("--sample", type=int, default=0)
    told = words.parse_args()
    law, _ = files.load_law()
    made, _ = orienteur("c3a", law, told.on)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder:
        for flag in ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"):
            options.add_argument(flag)
        path = Path(folder, "index.html")
        path.write_text(page(made, law, "fr"), encoding="utf-8")
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
        browser = webdriver.Chrome(options=options, service=service)
        browser.set_script_timeout(900)
        browser.get(path.as_uri())
        found = json.loads(browser.execute_script(WALK, told.on))
        browser.quit()
    states, times = found["states"], found["times"]
    print(
        f"{len(states)} states of the conversation, {sum(bool(f) for _, f in states)} of them with a question"
    )
    print(
        f"ms to find it in the browser: median {times[len(times) // 2]:.1f}, 95 % under {times[int(len(times) * 0.95)]:.1f}, worst {times[-1]:.0f}"
    )
    random.Random(1).shuffle(states)
    crowd, begun, wrong = Crowd(law, told.on), time.perf_counter(), 0
    for key, fact in states[: told.sample or None]:
        facts, declined = json.loads(key)
        talk = Interview(crowd, {}, (*map(tuple, facts), *((name, None) for name in declined)))
        if (talk.question.fact if talk.question else None) != fact:
            wrong += 1
            print(f"differs: {key}: {fact} in the browser")
    checked = len(states[: told.sample or None])
    print(f"{checked} compared with the engine in {time.perf_counter() - begun:.0f} s: {wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
