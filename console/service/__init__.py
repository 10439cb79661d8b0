"""The service: store, keys, jobs, mail, terminal links, and the three listeners. `app.py` wires it together."""
