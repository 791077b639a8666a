"""`python -m kong_pdk`: the server for a folder of plugins."""

from .cli import start_server

start_server()
