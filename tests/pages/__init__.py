"""Pages of the console that need several services at once, on a whole platform with people of the demonstration."""
