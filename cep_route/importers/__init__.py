"""Open directories to a territory file, and back. It never decides who serves whom.

`forms`: bytes to rows of a form; `official`, `data_inclusion`: what their cells are in our keys; `rows`: cells to a house; `gathering`: houses
of an area, joined and counted, to tables; `to_toml`: tables to a file, or into one people have worked on.
"""
