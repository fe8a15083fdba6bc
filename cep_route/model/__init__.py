"""The words of the project, in two rooms: `answer` (what we computed) and `written` (what a human wrote). Imports nothing by itself."""
