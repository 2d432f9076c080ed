"""Lets Python 3.13 build mmcv 1.7.2 from its source, see docs/get_started.md.

Its setup.py reads a name out of ``locals()`` that ``exec`` has set in a function. Since Python
3.13 (PEP 667) ``exec`` sets names of a function only in a mapping that it is given. This file acts
on the processes that have its folder in PYTHONPATH.
"""
import builtins
import sys
from typing import Any

_exec = builtins.exec


def exec_in_caller(code: Any, *names: Any, **options: Any) -> None:
    """``exec`` as up to Python 3.12: without mappings it sets the names of the caller."""
    frame = sys._getframe(1)
    _exec(code, *(names or (frame.f_globals, frame.f_locals)), **options)


builtins.exec = exec_in_caller
