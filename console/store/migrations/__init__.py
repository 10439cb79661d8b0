"""The migrations, as alembic runs them."""
