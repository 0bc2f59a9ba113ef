"""The last stage: facts of a run in, words for a person out. Read `text` first; `facts` says what it reads.

`html` is the same for a browser: `story` and `unseen` gather its numbers, `charts` draws them.
"""
