"""Where in a file's text a test, its fixtures and its helpers stand: text in, lines out, one module per language."""
