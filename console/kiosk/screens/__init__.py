"""What the kiosk shows."""
