"""The kiosk: a login screen for any computer with a camera or a fingerprint reader."""
