"""What the kiosk shows: the window, its pages, and which text stands where."""
