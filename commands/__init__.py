"""The commands, one file each, and what they share. The only package that knows planner, geodata and maps; it wires and reports."""
