"""Codes of the yearly figures that are put in by hand."""

from enum import StrEnum


class AreaCode(StrEnum):
    """What a yearly figure counts: children looked after in the area, or the scale of the programme over its areas."""

    LOOKED_AFTER_CHILDREN = "looked_after_children"
    SCALE_AREAS = "scale_areas"
    SCALE_FAMILIES = "scale_families"
    SCALE_CHILDREN = "scale_children"
