"""Pages of matching: families that wait, volunteers, proposals, plans, reports, the day."""
