"""The cloud as one node sees it, made ready for people: one value for pages, JSON and terminals."""
