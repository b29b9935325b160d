"""Every SELECT of the referral service; `_for_update` locks the row."""
