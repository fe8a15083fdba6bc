"""What is wrong with rules and territories, as findings. Pure: values in, findings out.

It asks the engine and never compares a person with a rule itself.

`names`: what needs no proof (unknown names, doubles, dates, order, the age of sources), in the words of the sheet and the codes of
open directories too.
`proof`: what is shown over every kind of person; `certificate` writes it down. `cases` and `mutation`: persons with their answers,
and the changes of rules they notice. `questions`: what the interview costs.
`territory`: what a territory file contradicts; `ground`: what it lacks on a day; `hours`: opening hours. The person
who calls brings the places (file, line, column).
"""

from __future__ import annotations

from cep_route.checks.ground import territory_findings
from cep_route.checks.names import NamedEntry, WrittenNames, directory_names, handout_names, names
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
