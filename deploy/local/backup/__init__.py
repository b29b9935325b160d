"""Backup and restore of the embedded platform: base backups, its write-ahead log, the secrets in escrow."""
