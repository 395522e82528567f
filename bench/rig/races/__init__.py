"""What many do at the same moment, and what must be true afterwards."""
