"""The pure core: facts, rules, the judge, the optimiser. Knows nothing of files, maps or networks."""

__version__ = "0.1.0"
