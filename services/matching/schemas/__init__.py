"""Bodies of requests and answers; never a table."""
