"""What the adapters that speak HTTP share: one exchange, and what its reply means for a delivery."""
