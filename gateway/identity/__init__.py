"""Who there is: partnerships, their organisations, people with their memberships, and clients."""
