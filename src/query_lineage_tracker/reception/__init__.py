"""The process that receives events: it answers, and never waits for work of another kind.

The tracker starts it (`bootstrap.receiving`) and saves what it put into the journals. It imports neither database nor
analyzer of stored statements, and ends when the tracker does.
"""

from __future__ import annotations
