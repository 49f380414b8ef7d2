"""The commands of the command line: what each reads and the JSON value it answers with.

`parser` holds all commands with their options, `given` turns options into the engine's values, `answers` writes to the
person; the other files hold the commands by subject.
"""

from __future__ import annotations

from engine.commands.answers import plain, readable, sentence
from engine.commands.parser import parser

__all__ = ["parser", "plain", "readable", "sentence"]
