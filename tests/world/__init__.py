"""A platform in use on which everything has been done once: what attacks and contract tests begin with."""
