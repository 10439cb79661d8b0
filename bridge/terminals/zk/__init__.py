"""The standalone protocol of port 4370: we dial the unit. Frames, layouts and conversations are pure; `client` does the I/O."""
