"""Nothing lost, nothing twice, nothing invented, whatever is killed. See ``__main__``."""
