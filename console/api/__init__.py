"""What the service offers: operations by subject, and the plain structs that cross the wire. The only thing a client imports."""
