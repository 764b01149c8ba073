"""Trino's Kafka event listener: the topics that it writes, read as one of a group of workers."""
