"""Where the faces of a picture are."""
