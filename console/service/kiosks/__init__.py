"""Kiosks as the service knows them."""
