"""The names of query parameters that several rooms use."""

SEARCH, SORT = "q", "sort"

FIELDS, INCLUDE, HIGHLIGHT, PROFILE = "fields", "include", "highlight", "profile"

CURSOR = "cursor"
