"""What the service offers: operations by subject, and the plain structs that they exchange.

Clients import nothing else of the service.
"""
