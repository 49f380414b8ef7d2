"""The one exception whose message is meant for people."""


class InputError(ValueError):
    """Something a user gave cannot be used. The message is a full sentence: what is wrong, where, what to do.

    The command line prints it and leaves with status 2; a page shows it in place of the result.
    """


def did_you_mean(name: str, known: list[str], what: str) -> str:
    """A sentence for an unknown name that lists the nearest known ones, or all when none is near."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=3, cutoff=0.5)
    shown = repr(name if len(name) <= 60 else name[:57] + "...")
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(known)}."
    return f"Unknown {what} {shown}. {hint}"
