"""The read side that the API and the command line share: bounded questions, worded answers."""
