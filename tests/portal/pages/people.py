"""The people of the quiet portal."""

OPERATOR, REVIEWER, CITIZEN = "operator", "reviewer", "citizen"
PEOPLE = {OPERATOR: "administrator", REVIEWER: "reviewer", CITIZEN: None}
