"""Everything the bot says, as text; the only user of ``templates/`` and ``prompts/``."""
