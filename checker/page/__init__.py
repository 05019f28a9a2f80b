"""What a browser shows of a spec: the report of a check as one file, and what other pages share with it."""
