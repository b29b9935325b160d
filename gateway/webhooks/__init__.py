"""Webhooks: endpoints of partner systems, and the signed deliveries of events to them."""
