"""`python -m tests.attacks.audit_campaign [COUNT] [SEED]`: that many attacks of each kind on the audit, as JSON."""

import json
import sys
import time

from tests.attacks.audit_tampering import ATTACKS, Ground


def main(count: int = 1000, seed: int = 4) -> int:
    """0 when all were found."""
    begun, ground = time.monotonic(), Ground(seed)
    missed = {name: ground.missed(name, count) for name in ATTACKS}
    whole = ground.is_whole()
    told = {"campaign": "audit", "each": count, "seed": seed, "missed": missed, "false_alarms": int(not whole)}
    sys.stdout.write(json.dumps(told | {"seconds": round(time.monotonic() - begun, 1)}) + "\n")
    return int(any(missed.values()) or not whole)


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in sys.argv[1:])))
