"""One family's whole way over HTTP, every refusal of the contract provoked on the way."""
