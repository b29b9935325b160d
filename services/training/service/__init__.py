"""The verbs of the training service, each inside its caller's transaction."""
