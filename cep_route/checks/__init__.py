"""What is wrong with rules and territories, as findings. Pure: values in, findings out.

It asks the engine and never compares a person with a rule itself.

`names`: what needs no proof (unknown names, dates, order, sources). `proof`: what is shown over every kind of person.
`territory`: what a territory file contradicts; `ground`: what it lacks on a day; `hours`: opening hours. The person who calls
brings the places (file, line, column).
"""

from __future__ import annotations

from cep_route.checks.ground import territory_findings
from cep_route.checks.names import Entry, Written, names
from cep_route.checks.territory import territory_names

__all__ = ["Entry", "Written", "names", "territory_findings", "territory_names"]
