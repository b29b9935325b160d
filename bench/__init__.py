"""How fast the platform is, as ratios to the fastest simple thing that could do the same."""
