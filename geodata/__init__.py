"""Brings facts in: workbooks, map files, road graphs, travel times, holidays, the demonstration district."""
