"""The decision: rules -> diagram -> walk. Read in this order: `diagram` (nodes and walks, no word of careers), `compile` (rules to one
diagram for each stretch of days), `decide` (leaves to outcomes), `explain` (the whole answer), `interview`, `compare` (whole laws).

Pure: no file, no clock, no environment, no printing. There is one engine; a second place that compares a person with a rule
is a defect.
"""
