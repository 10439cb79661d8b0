"""The doors of the service: who calls, over which protocol."""
