"""What the kiosk knows and keeps."""
