"""Pieces of SQL that more than one statement of the spine is made of; `{}` stands for a parameter."""

from typing import Final

# Scope and key: held until the transaction ends, or false at once where somebody else holds it.
KEY_HELD: Final = "pg_try_advisory_xact_lock(hashtextextended({0}::text || '|' || {1}::text, 2))"
# Partnership, organisation, person and scope, each until the transaction ends; always true.
TENANT_ENTERED: Final = (
    "num_nonnulls(set_config('circle.partnership', {0}, true), set_config('circle.organisation', {1}, true),"
    " set_config('circle.person', {2}, true), set_config('circle.scope', {3}, true)) = 4"
)
