"""What the kiosk does: the conversation, camera, fingers, voice, the service."""
