"""What the kiosk does: cameras, readers, the service."""
