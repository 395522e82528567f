"""From pictures of a receipt to its lines of text, each with its place and how sure it is."""
