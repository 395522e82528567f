"""What a receipt says, read from the lines that an engine saw. Pure: no model, no file, no clock."""
