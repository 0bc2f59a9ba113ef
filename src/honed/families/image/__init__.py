"""The family of pictures: images in, a class or a number out, by convolutions. Read `family.py` first.

`listed.py` says which files a path names and `decoded.py` makes pixels of them; `source.py` joins both.
"""
