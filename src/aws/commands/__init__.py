"""One file per subcommand of ``python -m src.aws``: ``configure(parser)`` and ``run(options) -> exit code``."""
