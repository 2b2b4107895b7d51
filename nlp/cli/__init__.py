"""`python -m nlp`: the same steps on files alone."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout

from nlp.cli.reading import say
from nlp.errors import NlpError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its result goes to standard output, a failure is one sentence on standard error.

    Returns:
        0; 1 after a failure; 2 for a wrong command line; 130 when interrupted.
    """
    from nlp.cli import agreement, names, topics, transcribe

    parser = argparse.ArgumentParser(
        prog="python -m nlp", description="Recordings and texts, on files alone."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module, says in (
        ("transcribe", transcribe, "words with times from a recording"),
        ("names", names, "what in a text may say who someone is"),
        ("topics", topics, "groups of passages, for people to judge"),
        ("agreement", agreement, "how far readers agree beyond chance"),
    ):
        command = commands.add_parser(name, help=says, description=f"Print {says}.")
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    # Libraries' advice to programmers is not for the person at the terminal.
    warnings.simplefilter("ignore")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        with redirect_stdout(sys.stderr):  # libraries that print do not get into the result
            result: str = options.run(options)
        sys.stdout.write(result)
        sys.stdout.flush()
    except NlpError as error:
        say(str(error))
        return 1
    except MemoryError:
        say("The machine ran out of memory: choose a smaller model or a shorter file.")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has left; no second complaint at exit
        return 1
    except KeyboardInterrupt:
        say("Stopped before it was done.")
        return 130
    except Exception as error:  # noqa: BLE001 - the outer edge: say the kind, never the text it was about
        say(
            f"This did not work for a reason nobody foresaw ({type(error).__name__}): "
            "please report it with the command you ran, without the file."
        )
        return 1
    return 0
