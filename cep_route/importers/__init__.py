"""Open directories to a territory file, and back: files somebody else made, in the shape of ours. It never decides who serves whom.

`forms` tells which form a file is in. A module per form (`data_inclusion`, `annuaire`, `agencies`, `table`) names the cells of a row by
the keys of a plain list, `rows` makes a house of them, the same way for all; `gathering` keeps those of an area, joins doubles and
counts every row. `tables` makes the tables of the file, `to_toml` writes them, `reimport` lays them over a file people have worked on.
Rows in = rows kept + rows joined + rows dropped, each with its reason, or the import stops.
"""

from __future__ import annotations
