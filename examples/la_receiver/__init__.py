"""An example of what a case system does with our webhooks: verify, fetch, file, and only then answer 2xx.

`create_app(secret, fetch, folder)` is all of it; `python -m examples.la_receiver --help` runs it.
"""

from examples.la_receiver.app import create_app

__all__ = ["create_app"]
