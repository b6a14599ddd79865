"""Loads the parcels of a day into vans."""
