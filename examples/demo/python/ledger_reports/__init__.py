"""Statements and receipts for the ledger."""
