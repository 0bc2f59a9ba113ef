"""The last stage: facts of a run in, words for a person out. Read `text` first; `facts` says what it reads.

`html` is the same for a browser. `files` reads a run, `story` gathers what its page tells, typed in `parts`: `answer`,
`reasons`, `trials`, `training`, `data` and `reproduce`, and from the run's family what its scored model does on rows
that no choice has seen. `html_why` and `html_unseen` are its long sections; `charts` draws, on `axes`.
"""
