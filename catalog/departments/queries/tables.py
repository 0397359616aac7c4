"""The tables of units, which belong to `auth`, as far as lists and pages read them."""

from sqlalchemy import Date, String, column, table

UNIT = table(
    "unit",
    column("id", String),
    column("name", String),
    column("short_name", String),
    column("credit_code", String),
    column("region_code", String),
    column("kind", String),
    column("parent_id", String),
    column("duty", String),
    column("office_phone", String),
    column("valid_from", Date),
    column("valid_to", Date),
    column("position"),
)
UNIT_NAME = table(
    "unit_name",
    column("unit_id", String),
    column("name", String),
    column("valid_from", Date),
    column("valid_to", Date),
)
