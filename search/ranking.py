"""What counts how much in the order of relevance, for both engines."""

CODE = 10_000.0
FIELD = 2_000.0
TITLE = 1_000.0
IN_TITLE = 3.0
TITLE_WORD = 1.5
