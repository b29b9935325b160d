"""Every SELECT of the training service."""
