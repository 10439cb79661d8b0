"""Tables, sessions, migrations, and the vault that seals what is biometric. Knows nothing of the service or the screens."""
