"""Errors that a user can correct: one sentence with what was expected, what came and where."""
from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError, AssertionError, TypeError, NotImplementedError):
    """Invalid input of a user; the message is one sentence that says how to correct it.

    It is of every class that MMSegmentation 0.x raised for such mistakes, so that code that
    catches one of them still does.
    """


class UnknownNameError(InputError, KeyError):
    """A name is not registered or not known; also a KeyError, as MMSegmentation 0.x raised."""

    def __str__(self) -> str:
        return ValueError.__str__(self)  # KeyError would print the message in quotes


class MissingFileError(InputError, FileNotFoundError):
    """A file is not there; also a FileNotFoundError, as mmcv and 0.x raise."""


class MissingFeatureError(InputError, IndexError):
    """A feature map that the backbone or neck does not give; also an IndexError, as in 0.x."""


def near_miss(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice of which ``name`` is surely a misspelling, None without one.

    That is one with letters in another order, or with hardly any other letters.
    """
    known = list(choices)
    for choice in known:
        if choice != name and sorted(choice) == sorted(name):
            return choice
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.8)), None)


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the choice most like ``name``, or ``""``."""
    names = {choice.lower(): choice for choice in choices}
    found = get_close_matches(str(name).lower(), names, n=1, cutoff=0.6)
    return f" (did you mean '{names[found[0]]}'?)" if found else ''


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number of things, such as ``'1 page'`` and ``'2 pages'``.

    Args:
        number: How many there are.
        one: Name of one.
        many: Name of several; ``one`` with an s where None.
    """
    return f'{number} {one if number == 1 else many or one + "s"}'
