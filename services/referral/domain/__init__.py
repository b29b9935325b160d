"""What may happen in the referral service: statuses, lifecycle tables, decisions; pure."""
