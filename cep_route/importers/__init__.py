"""Open directories to a territory file, and back: files somebody else made, in the shape of ours. It never decides who serves whom.

`forms` tells which form a file is in; `official`, `data_inclusion` and `forms` name the cells of a row by the keys of a plain list, `rows`
makes a house of them, the same way for all; `gathering` keeps those of an area, joins doubles, counts every row and makes the tables of
the file, which `to_toml` writes, or lays over a file people have worked on. Rows in = rows kept + rows joined + rows dropped, each with
its reason, or the import stops.
"""
