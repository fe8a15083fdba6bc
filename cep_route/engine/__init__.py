"""The decision: rules to tables (`law`), who may serve (`decide`), the whole answer (`answer`), where and with whom (`where`).

Pure: no file, no clock, no environment, no printing. There is one engine; a second place that compares a person with a rule
is a defect.
"""
