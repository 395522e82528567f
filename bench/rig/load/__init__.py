"""How fast Taem answers a town, and what it does in a rush. See ``__main__``."""
