"""Commands that convert weights of other projects: ``mmseg convert-weights ...``."""
