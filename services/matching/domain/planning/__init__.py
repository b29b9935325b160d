"""The plan for all waiting families at once: what it is to reach, the best one, its proof and its reasons; pure."""
