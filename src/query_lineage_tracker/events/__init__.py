"""What is pushed to us, read: bodies of events in, what they tell out. No I/O."""
