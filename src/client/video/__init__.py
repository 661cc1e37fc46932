"""Frames out of files, streams and cameras: opened, timed, picked, kept on disk until they are uploaded."""
