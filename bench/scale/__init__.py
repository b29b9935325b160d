"""P14: what lists, reports and polls touch at a million rows, beside what they touch at ten thousand."""
