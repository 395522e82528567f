"""Time, held against plain Python: whether anything of a day comes early, late or twice."""
