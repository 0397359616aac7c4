"""The words in which files shorten the names of units; data only."""

# first letters that stand for the place: 市教育局, 区教育局, 县教育局
SHORT_PLACES = frozenset("市区县")
