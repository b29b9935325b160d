"""What callers are shown: sealed fields opened, as much as each may see, and every view noted for the audit."""
