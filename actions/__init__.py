"""What the bot does: one routine a file, under the name of its intent. `actions.base` holds what they share."""
