"""``python -m src.aws up | down | status | enroll | permissions | people | redrive | local``.

Exit codes: 0 done; 1 not everything is as it should be, each thing named; 2 wrong use; 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from src.aws.commands.common import INCOMPLETE, INTERRUPTED, WRONG_USE, say
from src.pipeline.errors import FacelaneError, PermanentError, StorageRefused

COMMANDS = {
    "up": "src.aws.commands.up",
    "down": "src.aws.commands.down",
    "status": "src.aws.commands.status",
    "enroll": "src.aws.commands.enroll",
    "people": "src.aws.commands.people",
    "redrive": "src.aws.commands.redrive",
    "permissions": "src.aws.commands.permissions",
    "local": "src.aws.commands.local",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m src.aws", description="Deploy, look after and remove Facelane.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands = {name: importlib.import_module(module) for name, module in COMMANDS.items()}
    for name, module in commands.items():
        module.configure(subparsers.add_parser(name, help=module.HELP, description=module.HELP))
    options = parser.parse_args(arguments)
    try:
        return int(commands[options.command].run(options))
    except KeyboardInterrupt:
        say("Interrupted. Run the same command again: it goes on where this one was.")
        return INTERRUPTED
    except StorageRefused as error:
        say(str(error))
        return INCOMPLETE
    except PermanentError as error:
        say(str(error))
        return WRONG_USE
    except FacelaneError as error:
        say(str(error))
        return INCOMPLETE


if __name__ == "__main__":
    sys.exit(main())
