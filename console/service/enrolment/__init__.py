"""Invitations, submissions, screening, review and faces."""
