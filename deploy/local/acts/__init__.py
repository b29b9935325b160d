"""What people and systems do on the platform, one call or a few, with the bodies that they would send."""
