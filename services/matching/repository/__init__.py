"""Every SELECT of the matching service; `*_for_update` locks the row."""
