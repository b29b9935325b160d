"""What may happen in matching: lifecycles, entitlement, scoring, visits and the chain of records; pure."""
