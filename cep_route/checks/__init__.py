"""What is wrong with rules and territories, as findings. Pure: values in, findings out.

It asks the engine and never compares a person with a rule itself.

`names`: what needs no proof (unknown names, doubles, dates, order), in the words of the sheet too. `sources`: their age.
`proof`: what is shown over every kind of person; `certificate` writes it down. `cases` and `mutation`: persons with their answers,
and the changes of rules they notice. `questions`: what the interview costs.
`territory`: what a territory file contradicts; `ground`: what it lacks on a day; `hours`: opening hours. `directory`: what the
codes of open directories would mean twice or not at all. The person who calls brings the places (file, line, column).
"""

from __future__ import annotations

from cep_route.checks.directory import directory_names
from cep_route.checks.ground import territory_findings
from cep_route.checks.names import NamedEntry, WrittenNames, handout_names, names
from cep_route.checks.proof import prove
from cep_route.checks.territory import believed, territory_names

__all__ = [
    "NamedEntry",
    "WrittenNames",
    "believed",
    "directory_names",
    "handout_names",
    "names",
    "prove",
    "territory_findings",
    "territory_names",
]
