"""The admin's windows. They know the service only through its declared operations."""
