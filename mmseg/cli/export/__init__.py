"""Commands that export a network: ``mmseg export ...``."""
