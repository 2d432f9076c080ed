"""Commands that make data sets: ``mmseg convert ...``."""
