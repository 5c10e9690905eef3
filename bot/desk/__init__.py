"""The agent desk behind its screen: what it shows, what colleagues do there, and what is watched over."""
