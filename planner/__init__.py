"""The pure core: facts, rules, the judge, the optimiser. Knows nothing of files, maps or networks."""
