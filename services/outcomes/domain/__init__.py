"""What may happen and how it is counted: plans, stages, instruments, results, cost; pure."""
