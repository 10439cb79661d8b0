"""Updates of Muster: looked for, downloaded, taken from a file, and handed to the set-up."""
