"""What a browser shows: the report of a check as one file."""
