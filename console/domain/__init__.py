"""The rules, pure: no I/O, no clock. Times come in as aware datetimes."""
