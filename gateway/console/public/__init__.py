"""Pages for everybody, without a sign-in: no cookie, no script, nothing from elsewhere."""
