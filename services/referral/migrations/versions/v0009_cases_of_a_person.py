"""Whoever sees few cases by name is listed by an index that names them whole, however large their organisation is.

By the person alone, or by the organisation alone, the planner took whichever its sample made look smaller: a new
advocate's list could read every case of their organisation. Nothing else looks for cases by their organisation here,
whose lists are walks along the referrals themselves; and whether one case may be seen is looked up by its family.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX case_access_of_person ON case_access (partnership_id, organisation_id, person_id, family_id)"
        " WHERE person_id IS NOT NULL"
    )
    op.execute("DROP INDEX case_access_by_person")
    op.execute("DROP INDEX case_access_by_organisation")
