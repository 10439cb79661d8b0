"""Employees, operators, the site, consent."""
