"""The outside world, one module per thing, each the sole importer of its library; core types in and out."""
