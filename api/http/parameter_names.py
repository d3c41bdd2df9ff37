"""The names of query parameters that several rooms use."""

SEARCH, SORT = "q", "sort"
LIMIT, CURSOR = "limit", "cursor"
FORMAT, PROFILE = "format", "profile"
FIELDS, INCLUDE, HIGHLIGHT = "fields", "include", "highlight"
