"""What a unit can be."""

from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is; the vocabulary of the domain's §0.1."""

    PARTY = "party"
    GOVERNMENT = "government"
    INSTITUTION = "institution"
    PUBLIC_SERVICE = "public_service"
    DISTRICT = "district"
    FUNCTIONAL_ZONE = "functional_zone"
    ENTERPRISE = "enterprise"
    SOCIETY = "society"


# Public-service enterprises hold public data and share it as departments do (domain §0.1).
GOVERNMENT_KINDS = frozenset(UnitKind) - {UnitKind.ENTERPRISE, UnitKind.SOCIETY}
