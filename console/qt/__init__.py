"""What the windows share: the client of the service, table models over pages, the theme."""
