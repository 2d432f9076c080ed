"""A corpus of pages from Debian's archive.

- ``build_corpus(recipe, work, steps)``: fetch packages, survey their PDFs, choose pages, convert
  them; the counts.
- ``Recipe``: the lists, limits and seed that a corpus is built from.
- ``counts_table(counts)``: the counts to be read.
"""
from .build import STEPS, Recipe, build_corpus
from .choose import Caps
from .pages import counts_table
from .refusals import LISTS

__all__ = ['LISTS', 'STEPS', 'Caps', 'Recipe', 'build_corpus', 'counts_table']
