"""Who only shows releases does not load the solver."""

import subprocess
import sys

_TELL = "import sys, shared.disclosure.plain; print([name for name in ('highspy', 'numpy') if name in sys.modules])"


def test_stored_releases_are_read_without_the_solver_library() -> None:
    done = subprocess.run([sys.executable, "-c", _TELL], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
