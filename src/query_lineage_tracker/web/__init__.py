"""The page's server: the API under /api/v1, and who may ask it."""
