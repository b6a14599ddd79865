"""Vouchers for campaigns."""
