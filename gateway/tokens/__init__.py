"""The token issuer: who somebody is, said in a short-lived signed token."""
