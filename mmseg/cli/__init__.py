"""The command ``mmseg``: one entry point for every task.

Only the chosen command's module is imported, and that imports torch and mmcv when it runs, so that
help is printed at once. The scripts in ``tools/``, ``trace_tools/`` and ``demo/`` run the same
modules.
"""
from .entry import main, run_script

__all__ = ['main', 'run_script']
