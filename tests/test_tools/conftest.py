"""Running a command as a user types it."""
import runpy
import sys
from typing import NamedTuple

import pytest


class Said(NamedTuple):
    """What a command left: its exit code, stdout and stderr."""
    code: int
    out: str
    err: str


@pytest.fixture
def command_line(repository, monkeypatch, capsys):
    """A function that runs ``tools/…`` or ``demo/…`` with arguments."""

    def run(script, *arguments):
        monkeypatch.setattr(sys, 'argv', [script, *map(str, arguments)])
        capsys.readouterr()
        try:
            runpy.run_path(str(repository / script), run_name='__main__')
        except SystemExit as end:
            return Said(end.code or 0, *capsys.readouterr())
        return Said(0, *capsys.readouterr())

    return run
