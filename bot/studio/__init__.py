"""The content studio: what editors change, how it is checked, and how it becomes what customers get.

`studio.Studio` is the way in. Drafts live in the database until they are published; what is published stands in the
files of data/, which `bot.content.pen` reads and writes.
"""
