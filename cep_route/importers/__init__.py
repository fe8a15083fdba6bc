"""Open directories to a territory file, and back: files somebody else made, in the shape of ours. It never decides who serves whom.

One module per form (`data_inclusion`, `annuaire`, `agencies`, `workbook`, `table`) turns rows into `Entry` records; `gathering` keeps
those of an area, merges doubles and counts every row; `reimport` lays the result over a file people have worked on; `toml_text` writes.
Rows in = rows kept + rows joined + rows dropped, each with its reason, or the import stops.
"""

from __future__ import annotations
