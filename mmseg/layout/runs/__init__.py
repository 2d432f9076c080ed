"""Runs over many pages: folders, PDFs or lists of addresses become files of regions or tables.

``options`` says what is written and counts what came of it, ``plan`` and ``sources`` find the
pages, ``pages`` processes one batch, ``workers`` and ``ray_pool`` do so in other processes,
``files`` and ``shards`` are the two kinds of run: a file for each page, or rows of tables.
"""
