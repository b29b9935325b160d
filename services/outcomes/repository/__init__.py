"""Every SELECT of the outcomes service."""
