"""The life of a person: enrolled, shown, renamed, merged, corrected, forgotten; strangers, and attributes of people.

Each file does one thing, as functions that a notebook calls and ``python -m src.aws people`` prints.
"""
