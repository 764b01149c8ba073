"""Logging in by OpenID Connect: discovery, the authorization code flow with PKCE, ID tokens."""
