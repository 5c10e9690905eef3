"""From what an editor approved to what every worker says, in seconds (docs/publishing.md)."""
