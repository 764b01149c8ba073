"""What people are shown of the history: the shapes of answers, the same for the API and the command line.

Names of objects are texts as people write them: `catalog.schema.name`, quoted where a part needs it, `@branch` where it
is not main. Times are UTC, days are UTC days.
"""
