"""Worker processes: hostile pictures are decoded, and faces measured, outside of the service."""
