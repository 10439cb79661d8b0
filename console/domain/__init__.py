"""The rules, pure: no I/O, no clock of their own. Times come in as aware datetimes."""
