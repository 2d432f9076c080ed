"""Heads that find text lines."""
from .db_head import DBHead
from .postprocessor import DBPostprocessor

__all__ = ['DBHead', 'DBPostprocessor']
