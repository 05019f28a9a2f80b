"""What a browser shows: the report of a check as one file, and a page on the live model."""
