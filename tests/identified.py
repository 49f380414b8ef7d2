"""Does a language identifier take the miniature's sentences for what they are? `python -m tests.identified` prints the share per language.

Sentences of five words or more of the test split of `retrieval`, identified by `engine.languages.detect` (py3langid, and script
where it decides).
"""

from engine import data, languages, text
from engine.config import TaskData

SOURCE = TaskData("retrieval")


def taken_for(language: str, limit: int = 0) -> list[str]:
    """What each sentence of a language is taken for."""
    sentences = [e.text for e in data.examples(SOURCE, language, "test", limit)]
    return [languages.detect(s) for s in sentences if len(text.words(s, language)) >= 5]


def main() -> None:
    """Print a row per language and the whole."""
    right = total = 0
    for code in data.languages(SOURCE):
        found = taken_for(code)
        own = found.count(code)
        others = {other: found.count(other) for other in found if other != code}
        right, total = right + own, total + len(found)
        print(f"{code}  {own / len(found):.1%} of {len(found)}  {others or ''}")
    print(f"all {right / total:.1%} of {total}")


if __name__ == "__main__":
    main()
