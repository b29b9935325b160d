"""What partners rely on, frozen: events, the API's paths, and who may import whom."""
