"""The use cases: what the faces call. Joins settings, clock, files and rooms; later the store.

intake      read files of any form into records
coding      records -> coded profiles
main_job    coded profiles -> explained matches in both directions, and what to report about them
market      coded profiles -> lists for everybody at once, with odds, reasons and a fairness report
advice      what a list says, in sentences of both languages
demo        a seeded demo labour market and the main job on it
review      what linking left undecided, decided by a person; drift of a new source
decisions   the list of those decisions, which only grows
schemes     classifications at hand: list, show, check, add
"""
