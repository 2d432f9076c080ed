"""Necks: what stands between a backbone's features and the heads."""
