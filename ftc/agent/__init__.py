"""Judgement with tools: analysis and fixes by a model; nothing lives here yet."""
