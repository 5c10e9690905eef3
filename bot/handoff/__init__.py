"""From bot to person: what is handed over, in which order people are reached, and by whom."""
