"""Pieces of SQL that more than one statement of the spine is made of; `{}` stands for a parameter."""

from typing import Final

# Scope and key: held until the transaction ends, or false at once where somebody else holds it.
KEY_HELD: Final = "pg_try_advisory_xact_lock(hashtextextended({0}::text || '|' || {1}::text, 2))"
# Until the transaction ends it waits for a lock for less than the second after which the database looks for a deadlock
# and might end the other one: whoever works in the background gives way to a request, and comes again.
GIVES_WAY: Final = "set_config('lock_timeout', '500', true)"
# Partnership, organisation, person and scope, each until the transaction ends; always true.
TENANT_ENTERED: Final = (
    "num_nonnulls(set_config('circle.partnership', {0}, true), set_config('circle.organisation', {1}, true),"
    " set_config('circle.person', {2}, true), set_config('circle.scope', {3}, true)) = 4"
)
