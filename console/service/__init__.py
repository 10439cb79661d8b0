"""The service: rules by subject, jobs, terminals and listeners. `app.py` builds it all."""
