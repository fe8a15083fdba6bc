"""The router kept open for many requests: one line each (`request.Lines`), or over HTTP (`http`). It never decides, opens no file, calls nobody.

A request is a JSON object of `cep-route schema request`; the answer is the JSON of `route`, or findings. What was told of a person is in
that person's answer and nowhere else: not in a finding, not in a log, not in a count.
"""
