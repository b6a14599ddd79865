"""Bytes of logs and reports in, ``Extraction`` out; pure, streaming, one module per ecosystem."""
