"""Frozen values and pure functions: requests, jobs, assets, models, prices, queries. No input or output."""
