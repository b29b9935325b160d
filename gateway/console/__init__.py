"""The console: pages for people, rendered on the server, that do what they do over the platform's own API."""
