"""The questions of the source study: experiments by section, small tables of their answers, and the pages made of them.

`hinterland study` runs the sections in their order, writes the tables, and from the tables alone the index page and the
text of docs/study.md.
"""
