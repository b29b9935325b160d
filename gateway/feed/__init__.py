"""The event feed: what happened, as partners may read it at any time, in an order without gaps."""
