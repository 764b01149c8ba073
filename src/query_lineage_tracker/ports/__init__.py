"""What the services need from the outside, cut to their needs; adapters provide it."""
