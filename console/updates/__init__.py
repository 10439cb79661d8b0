"""Releases of Muster, verified by TUF: what the service and the installing account share."""
