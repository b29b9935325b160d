"""Pages of community training: sessions, who came, sheets, reports, releases."""
