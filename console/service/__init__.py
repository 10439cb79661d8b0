"""The service: store, keys, jobs, email, terminal links, and the three listeners. `app.py` wires it together."""
