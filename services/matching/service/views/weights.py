"""What is weighed and what excludes, in words."""

from services.matching.domain.scoring import VERSION
from services.matching.domain.terms import CONSTRAINTS, FACTORS
from services.matching.domain.weights import MatchingPolicy
from services.matching.schemas.weights import ConstraintOut, FactorOut, FactorsOut


def show_terms(policy: MatchingPolicy) -> FactorsOut:
    """Every factor with its weight in this policy, every hard constraint."""
    return FactorsOut(
        policy_version=policy.version,
        code_version=VERSION,
        factors=[
            FactorOut(
                name=one.name,
                definition=one.definition,
                weight=policy.weights[one.name],
                source=one.source,
                sensitive=one.sensitive,
            )
            for one in FACTORS
        ],
        constraints=[
            ConstraintOut(
                code=one.code,
                ground=one.ground.value,
                sentence=one.sentence,
                change=one.change,
                overridable=one.overridable,
            )
            for one in CONSTRAINTS.values()
        ],
    )
