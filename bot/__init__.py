"""Guitai, the whole flow in ten lines.

1. A channel verifies a request and parses it into `Inbound` messages           (channels/)
2. `router.receive` records each once, with its customer and conversation       (bot/router.py, bot/store/)
3. only then is the platform told "received"
4. one worker at a time takes a conversation and answers its messages in order  (bot/router.py)
5. whoever owns the conversation speaks: the bot, the queue, or an agent        (bot/conversations.py)
6. the bot understands (bot/nlu/), decides (bot/engine/) and acts (actions/)
7. actions ask the shop through one port and its rules                          (bot/retail/)
8. dialogue events, replies and a handoff are committed together                (bot/store/)
9. replies leave in order, paced and retried by their channel                   (bot/router.py, channels/)
10. `bot/server.py` and `bot/cli/` build all of it and know everybody.
"""

__version__ = "0.1.0"
